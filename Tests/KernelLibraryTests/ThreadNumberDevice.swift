// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import Simulator

/// A simulator on which matmul kernels store the number of the thread that holds each element of C.
///
/// It replaces the stored registers in a kernel's text: those of every `stmatrix` or, if there is
/// none, of every global store. The code that decides which thread stores where stays unchanged.
final class ThreadNumberDevice: Device {
  /// The simulator that runs the kernels.
  private let base: SimulatedDevice

  /// Creates a device.
  init(_ base: SimulatedDevice) { self.base = base }

  var memoryOwner: any Device { base }

  var name: String { base.name }
  var summary: String { base.summary }
  var computeCapability: Int { base.computeCapability }
  var multiprocessorCount: Int { base.multiprocessorCount }
  var sharedMemoryLimit: Int { base.sharedMemoryLimit }

  func allocate(byteCount: Int) throws(DeviceError) -> UInt64 {
    try base.allocate(byteCount: byteCount)
  }

  func deallocate(_ address: UInt64) { base.deallocate(address) }

  func write(_ bytes: [UInt8], to address: UInt64) throws(DeviceError) {
    try base.write(bytes, to: address)
  }

  func read(from address: UInt64, byteCount: Int) throws(DeviceError) -> [UInt8] {
    try base.read(from: address, byteCount: byteCount)
  }

  func makeTensorMapImage(
    _ description: TensorMapDescription
  ) throws(DeviceError) -> [UInt8] {
    try base.makeTensorMapImage(description)
  }

  func residentClusterCount(
    of program: Program, _ configuration: LaunchConfiguration
  ) throws(DeviceError) -> Int {
    try base.residentClusterCount(of: program, configuration)
  }

  func launch(
    _ program: Program, _ configuration: LaunchConfiguration, _ arguments: [KernelArgument]
  ) throws(DeviceError) -> LaunchResult {
    var program = program
    program.text = storingThreadNumbers(program.text)
    return try base.launch(program, configuration, arguments)
  }
}

/// Declarations of registers for the thread's number, as f16 and twice in 32 bits.
private let declarations = [".reg .b32 %thread<4>;", ".reg .b16 %halfthread<1>;"]

/// The instructions that write the thread's number to them.
private let numbering = [
  "mov.u32 %thread0, %tid.x;", "mov.u32 %thread1, %tid.y;", "mov.u32 %thread2, %ntid.x;",
  "mad.lo.u32 %thread0, %thread1, %thread2, %thread0;",
  "cvt.rn.f16.u32 %halfthread0, %thread0;", "mov.b32 %thread3, {%halfthread0, %halfthread0};",
]

/// Returns a kernel's text in which threads store their own numbers.
private func storingThreadNumbers(_ text: String) -> String {
  let usesMatrices = text.contains("stmatrix.")
  var lines: [Substring] = []
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let isMatrixStore = usesMatrices && line.contains("stmatrix.")
    let isPlainStore = ["st.global.b32 ", "st.global.b16 "].contains { line.contains($0) }
    let isStore = !usesMatrices && isPlainStore
    if isMatrixStore || isStore {
      lines += numbering.map { Substring($0) }
      // After the address: `[%r1], {%r2, …};` or `[%rd1+2], %h3;`.
      let address = line.prefix(through: line.firstIndex(of: "]") ?? line.startIndex)
      let one = line.contains(".global.b16") ? "%halfthread0" : "%thread3"
      let stored = isMatrixStore ? "{%thread3, %thread3, %thread3, %thread3}" : one
      lines.append("\(address), \(stored);")
    } else {
      lines.append(line)
      if line == "{" { lines += declarations.map { Substring($0) } }
    }
  }
  return lines.joined(separator: "\n")
}
