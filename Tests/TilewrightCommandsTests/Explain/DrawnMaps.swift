// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation
import Testing

/// The maps that `explain --json` prints, in the form in which the tests decode them.
enum Drawn {
  /// A fragment of `wgmma`.
  struct Fragment: Decodable {
    let registerCount: Int
    let registers: [Register]

    struct Register: Decodable {
      let thread: Int
      let register: Int
      let elements: [Place]
    }

    struct Place: Decodable {
      let row: Int
      let column: Int
    }
  }

  /// A matrix move: `ldmatrix` or `stmatrix`.
  struct Move: Decodable {
    let addresses: [Address]
    let registers: [Register]

    struct Address: Decodable {
      let lane: Int
      let matrix: Int
      let row: Int
    }

    struct Register: Decodable {
      let lane: Int
      let register: Int
      let elements: [Place]
    }

    struct Place: Decodable {
      let matrix: Int
      let row: Int
      let column: Int
    }
  }

  /// An access to Tensor Memory.
  struct Access: Decodable {
    let registerCount: Int
    let columnCount: Int
    let registers: [Register]

    struct Register: Decodable {
      let thread: Int
      let register: Int
      let cells: [Cell]
    }

    struct Cell: Decodable {
      let lane: Int
      let column: Int
    }
  }

  /// An accumulator in Tensor Memory.
  struct Accumulator: Decodable {
    let columns: Int
    let allocatedColumns: Int
    let runs: [Run]

    struct Run: Decodable {
      let rank: Int
      let lane: Int
      let column: Int
      let row: Int
      let firstColumn: Int
      let count: Int
    }
  }

  /// A tile, with its chunks and core matrices.
  struct Tile: Decodable {
    let bytes: Int
    let chunks: [Chunk]
    let coreMatrices: [CoreMatrix]

    struct Chunk: Decodable {
      let line: Int
      let chunk: Int
      let row: Int
      let column: Int
      let offset: Int
      let swizzledOffset: Int
      let banks: [Int]
      let swizzledBanks: [Int]
    }

    struct CoreMatrix: Decodable {
      let line: Int
      let chunk: Int
      let ways: Int
      let swizzledWays: Int
    }
  }

  /// The steps and descriptors of a tile.
  struct CoreMatrices: Decodable {
    let steps: [Step]

    struct Step: Decodable {
      let column: Int
      let hopper: String?
      let blackwell: String?
    }
  }

  /// A box of a tensor.
  struct Box: Decodable {
    let bytes: Int
    let sharedBytes: Int
    let chunks: [Chunk]

    struct Chunk: Decodable {
      let index: [Int]
      let coordinate: [Int]
      let offset: Int
      let inside: [Int]
    }
  }

  /// A distributed tile.
  struct Distribution: Decodable {
    let registers: [Register]

    struct Register: Decodable {
      let thread: Int
      let register: Int
      let row: Int
      let column: Int
    }
  }
}

/// Returns the map that `tilewright explain` prints for some arguments.
func explained<Map: Decodable>(_ line: String, as map: Map.Type = Map.self) throws -> Map {
  let outcome = ToolOutcome(["explain"] + line.split(separator: " ").map(String.init) + ["--json"])
  #expect(outcome.status == 0, "\(line): \(outcome.errorText)")
  return try JSONDecoder().decode(Map.self, from: Data(outcome.output.utf8))
}
