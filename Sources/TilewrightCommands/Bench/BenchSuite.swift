// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import KernelLibrary

/// A collection of products by which kernels are measured.
enum BenchSuite: String, CaseIterable, Sendable {
  /// Square matrices, in powers of two.
  case squares

  /// The projections of a language model's layers, with few tokens and with many.
  ///
  /// They are those of Llama 3 8B and 70B: `qkv`, `o`, `gate_up` and `down`, the queries, keys and
  /// values as one product, and gate and up as one. The model's width is 4096 and 8192, that of its
  /// feed-forward layers 14336 and 28672; 32 and 64 heads of 128 have queries, 8 keys and values.
  ///
  /// - SeeAlso: Llama Team, "The Llama 3 Herd of Models" (2024), table 3.
  case llama

  /// Extents that are multiples of no tile's.
  ///
  /// In most, rows begin at multiples of 16 bytes, as tensor copies need: k and n are multiples of
  /// 8, and of nothing greater. In the last three they do not.
  case ragged

  /// Finds the suite of a name.
  init(named name: String) throws(InputError) {
    guard let suite = BenchSuite(rawValue: name) else {
      throw .unknownSuite(name: name, known: BenchSuite.allCases.map(\.rawValue))
    }
    self = suite
  }

  /// The products, each with what it is for.
  var products: [(name: String, shape: MatmulShape)] {
    switch self {
    case .squares: BenchSuite.squareExtents.map { ("", MatmulShape(m: $0, n: $0, k: $0)) }
    case .llama: LlamaModel.all.flatMap(\.products)
    case .ragged: BenchSuite.raggedShapes.map { ("", MatmulShape(m: $0.0, n: $0.1, k: $0.2)) }
    }
  }

  /// The extents of square products.
  private static let squareExtents = [512, 1024, 2048, 4096, 8192, 16384]

  /// m, n and k of ragged products.
  private static let raggedShapes = [
    (511, 520, 504), (1023, 1016, 1032), (2047, 2056, 2040), (3001, 5016, 7000),
    (4097, 4104, 4088), (8193, 1000, 4104), (8191, 8200, 8184),
    (1023, 1021, 1019), (4095, 4097, 4099), (8191, 4097, 2049),
  ]
}

/// The extents of a language model.
private struct LlamaModel {
  /// The name.
  let name: String
  /// The width, that of the feed-forward layers, and that of all keys.
  let width: Int, feedForward: Int, keys: Int

  /// The models that are measured.
  static let all = [
    LlamaModel(name: "8B", width: 4096, feedForward: 14336, keys: 8 * 128),
    LlamaModel(name: "70B", width: 8192, feedForward: 28672, keys: 8 * 128),
  ]

  /// The numbers of tokens.
  private static let tokenCounts = [1, 16, 64, 256, 1024, 4096, 8192]

  /// The projections of a layer: their names, outputs and inputs.
  private var projections: [(name: String, n: Int, k: Int)] {
    [
      ("qkv", width + 2 * keys, width), ("o", width, width), ("gate_up", 2 * feedForward, width),
      ("down", width, feedForward),
    ]
  }

  /// The projections with each number of tokens.
  var products: [(name: String, shape: MatmulShape)] {
    projections.flatMap { projection in
      LlamaModel.tokenCounts.map { tokens in
        ("\(name) \(projection.name)", MatmulShape(m: tokens, n: projection.n, k: projection.k))
      }
    }
  }
}

/// A product to measure, and what it is measured for.
struct BenchCase: Equatable, Sendable {
  /// An entry of a suite.
  struct Place: Encodable, Hashable, Sendable {
    /// The suite's name; `shapes` for a shape that was asked for by itself.
    let suite: String
    /// The name of the product in the suite; empty if the shape is the name.
    let name: String
  }

  /// The extents.
  let shape: MatmulShape

  /// The suites that it is from.
  var places: [Place]

  /// The names of the entries, for people.
  var name: String {
    var names: [String] = []
    for place in places {
      let name = place.name.isEmpty ? place.suite : "\(place.suite) \(place.name)"
      if !names.contains(name) { names.append(name) }
    }
    return names.joined(separator: ", ")
  }

  /// Returns the products of suites and the given shapes, each once, in the order given.
  ///
  /// Without any, the products are those of `squares` and `llama`.
  static func all(suites: [String], shapes: [String]) throws(InputError) -> [BenchCase] {
    var cases: [BenchCase] = []
    /// Adds a product, or another suite entry to an existing one.
    func add(_ shape: MatmulShape, _ place: Place) {
      if let index = cases.firstIndex(where: { $0.shape == shape }) {
        if !cases[index].places.contains(place) { cases[index].places.append(place) }
      } else {
        cases.append(BenchCase(shape: shape, places: [place]))
      }
    }
    let isOpen = suites.isEmpty && shapes.isEmpty
    for name in isOpen ? [BenchSuite.squares.rawValue, BenchSuite.llama.rawValue] : suites {
      for product in try BenchSuite(named: name).products {
        add(product.shape, Place(suite: name, name: product.name))
      }
    }
    for text in shapes { add(try MatmulShape(text), Place(suite: "shapes", name: "")) }
    return cases
  }
}

extension MatmulShape {
  /// The largest extent that is measured: no product that fits into a GPU has two of them.
  static let benchLimit = 1 << 20

  /// Reads a shape as `--shape` gives it: `4096x4096x1024` is m, n and k.
  init(_ text: String) throws(InputError) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    let digits = Set("0123456789")
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(digits.contains) })
    else { throw .unreadableShape(text: text) }
    var extents: [Int] = []
    for (name, part) in zip(["m", "n", "k"], parts) {
      let value = Int(part)
      guard let value, (1...MatmulShape.benchLimit).contains(value) else {
        throw .extent(option: "\(name) of \(text)", value: value, limit: MatmulShape.benchLimit)
      }
      extents.append(value)
    }
    self.init(m: extents[0], n: extents[1], k: extents[2])
  }

  /// The extents as `--shape` takes them.
  var text: String { "\(m)x\(n)x\(k)" }
}
