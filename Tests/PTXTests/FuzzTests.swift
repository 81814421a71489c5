import MachineIR
import PTX
import TestSupport
import Testing

/// The texts that are damaged.
private let seeds = [
  "syntax.ptx", "hopper-gemm64.ptx", "blackwell-mm64.ptx", "hopper-skeleton.ptx",
]

struct FuzzTests {
  @Test(arguments: UInt64(0)..<16)
  func `damaged text is parsed or refused, and what is parsed survives the round trip`(
    seed: UInt64
  ) throws {
    var generator = SplitMix64(seed: seed)
    for _ in 0..<40 {
      let name = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
      var bytes = Array(snippetText(name).utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damage(&bytes, &generator)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let module = try? parse(text) else { continue }
      #expect(try parse(module.ptx()) == module, "seed \(seed), \(name)")
      _ = module.diagnostics()
      _ = ModuleRequirements(of: module.functions)
    }
  }

  /// Changes, drops, repeats or cuts off some bytes.
  private func damage(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &generator)
    let count = Int.random(in: 1...12, using: &generator)
    let end = min(place + count, bytes.count)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 3: bytes.removeSubrange(place...)
    case 4:
      let marks = Array("{}[]()<>;,:.@!|+-%_0\"".utf8)
      bytes[place] = marks[Int.random(in: 0..<marks.count, using: &generator)]
    default:
      let source = Int.random(in: 0..<bytes.count, using: &generator)
      bytes.insert(contentsOf: bytes[source..<min(source + count * 4, bytes.count)], at: place)
    }
  }
}
