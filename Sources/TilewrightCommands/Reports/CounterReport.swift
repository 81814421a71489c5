// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The counters in the form of reports.
struct CounterReport: Encodable, Sendable {
  /// Instructions by mnemonic, one for each warp that issued it.
  let instructions: [String: UInt64]
  /// Bytes by memory and engine.
  let bytes: [String: UInt64]
  /// Shared-memory wavefronts beyond the first of each access, by instruction.
  let bankConflicts: [String: UInt64]
  /// Conflicting wavefronts of TMA and the tensor cores, as modelled.
  let modelledBankConflicts: [String: UInt64]
  /// Multiply-adds of the tensor cores.
  let tensorOperations: UInt64

  /// Creates the report of counters.
  init(_ counters: ExecutionCounters) {
    instructions = counters.instructions
    bytes = counters.bytes
    bankConflicts = counters.bankConflicts
    modelledBankConflicts = counters.modelledBankConflicts
    tensorOperations = counters.tensorOperations
  }

  /// Adds what a person wants to know first.
  func add(to table: inout Table) {
    let most = instructions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    table.add("instructions", "\(grouped(instructions.values.reduce(0, +))) by warps")
    for (mnemonic, count) in most.prefix(5) { table.add("", "\(grouped(count))  \(mnemonic)") }
    if tensorOperations > 0 {
      table.add("tensor cores", "\(grouped(tensorOperations)) multiply-adds")
    }
    for (memory, count) in bytes.sorted(by: { $0.key < $1.key }) {
      table.add(memory, "\(grouped(count)) bytes")
    }
    let conflicts = bankConflicts.values.reduce(0, +)
    if !instructions.isEmpty { table.add("bank conflicts", grouped(conflicts)) }
    let modelled = modelledBankConflicts.values.reduce(0, +)
    if modelled > 0 {
      table.add("", "\(grouped(modelled)) more in TMA and the tensor cores (modelled)")
    }
  }
}
