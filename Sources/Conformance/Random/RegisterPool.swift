// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The registers of a random program that hold values across statements.
struct RegisterPool {
  /// The contents of a register.
  private struct Holding {
    /// The name.
    var name: String
    /// The type of the last write.
    var type = "any"
    /// Whether the last written value has not been used.
    var isPending = false
  }

  /// The registers by their width in bits.
  private var registers: [Int: [Holding]]

  /// The number of registers by their width in bits.
  static let counts = [1: 4, 16: 4, 32: 8, 64: 4]

  /// Creates the registers.
  init() {
    registers = RegisterPool.counts.reduce(into: [:]) { registers, entry in
      registers[entry.key] = (0..<entry.value).map {
        Holding(name: RegisterPool.name(of: $0, width: entry.key))
      }
    }
  }

  /// Returns the name of a register.
  static func name(of number: Int, width: Int) -> String {
    ([1: "%p", 16: "%h", 32: "%r"][width] ?? "%d") + "\(number)"
  }

  /// The declarations.
  static let declarations = """
    .reg .pred %p<4>, %tp<4>, %bp<8>;
    .reg .b16 %h<4>, %th<2>, %fh<8>;
    .reg .b32 %r<8>, %tr<6>, %fr<8>, %c<3>;
    .reg .b64 %d<4>, %td<2>, %fd<8>;
    """

  /// Returns a register for a source of a type, usually one that holds such a value.
  mutating func source(
    _ type: String, width: Int, using random: inout SeededGenerator
  ) -> String {
    guard var list = registers[width] else { fatalError("No register has \(width) bits.") }
    let fitting = list.indices.filter { list[$0].type == type }
    let index =
      !fitting.isEmpty && random.isIn(percent: 60)
      ? random.pick(fitting) : random.integer(in: 0...list.count - 1)
    list[index].isPending = false
    registers[width] = list
    return list[index].name
  }

  /// Returns a register for a result of a type: none of those taken, and usually none with an
  /// unused value.
  mutating func result(
    _ type: String, width: Int, besides taken: [String], using random: inout SeededGenerator
  ) -> String {
    guard var list = registers[width] else { fatalError("No register has \(width) bits.") }
    let free = list.indices.filter { !taken.contains(list[$0].name) }
    let used = free.filter { !list[$0].isPending }
    let index =
      !used.isEmpty && !random.isOnce(in: 8) ? random.pick(used) : random.pick(free)
    list[index].type = type
    list[index].isPending = true
    registers[width] = list
    return list[index].name
  }

  /// Returns the type of the last write to a register.
  func type(of name: String) -> String {
    registers.values.joined().first { $0.name == name }?.type ?? "any"
  }

  /// Records that a register's value is used.
  mutating func use(_ name: String) {
    for width in RegisterPool.counts.keys {
      guard let index = registers[width]?.firstIndex(where: { $0.name == name }) else { continue }
      registers[width]?[index].isPending = false
    }
  }
}
