// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import NumberFormats
import Testing
import TileLayout

@Suite struct PlaceTests {
  @Test func `instructions have the lines of their calls`() throws {
    let start = #line
    let kernel = Kernel<AnyArchitecture, GlobalBuffer<UInt32>>("places", block: 32) { k, words in
      words[0] = k.constant(7)
      k.synchronize()
    }
    let function = try #require(try kernel.module().entries.first)
    let places = (function.blocks ?? []).flatMap(\.instructions).compactMap(\.place)
    #expect(places.map(\.line) == [start + 2, start + 3])
    #expect(places.allSatisfy { $0.file.hasSuffix("PlaceTests.swift") })
    let text = try kernel.program().text
    #expect(text.contains(".loc 1 \(start + 2) 0"))
    #expect(text.contains(".file"))
  }

  @Test func `a component's instructions have its lines and its caller's`() throws {
    let kernel = Kernel<AnyArchitecture, UInt32>("parts", block: 32) { k, _ in
      k.inlined(at: "Author.swift", 12) { k.synchronize() }
      k.synchronize()
    }
    let function = try #require(try kernel.module().entries.first)
    let places = (function.blocks ?? []).flatMap(\.instructions).compactMap(\.place)
    #expect(places.map(\.caller?.place.line) == [12, nil])
    #expect(try kernel.program().text.contains("inlined_at"))
  }

  @Test func `the map says what lies where`() throws {
    let tile = try SharedTile<BFloat16>("a", rows: 64, columns: 64, swizzle: .bytes128)
    let kernel = Kernel<Hopper, UInt32>("map", block: 32) { k, _ in
      _ = k.sharedField("flag", of: UInt32.self)
      _ = k.shared(tile, stages: 3)
      _ = k.sharedBarriers("full", stages: 3, arrivals: 2)
    }
    let map = try #require(try kernel.module().entries.first).map
    #expect(map.fields.map(\.offset) == [0])
    #expect(map.tiles.map(\.offset) == [1024])
    #expect(map.tiles.map(\.stageCount) == [3])
    #expect(map.barriers.map(\.offset) == [1024 + 3 * 8192])
    #expect(map.barriers.map(\.arrivalCount) == [2])
    #expect(try kernel.program().dynamicSharedByteCount == 1024 + 3 * 8192 + 24)
    #expect(try kernel.program().text.contains("//@"))
  }
}
