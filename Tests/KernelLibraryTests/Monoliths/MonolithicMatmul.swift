// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime
import KernelLanguage
import MachineIR
import Monoliths
import NumberFormats
import StructuredKernels
import TileLayout

@testable import KernelLibrary

/// A monolithic kernel in the form that the product checks launch.
struct MonolithicMatmul<Machine: StructuredMachine>: MatmulKernel {
  /// The kernel.
  let kernel: Monolith<Machine>

  /// The entry's name.
  var entry: String { kernel.entry }

  /// The catalog entry of the kernel.
  var description: MatmulDescription {
    MatmulDescription(
      name: "monolith", target: MatmulDescription.Target(rawValue: Machine.name) ?? .any, step: 9,
      summary: "the structured kernel, monolithic", configuration: "128x256x64")
  }

  /// Returns the module.
  func module() throws(KernelError) -> Module { try kernel.module() }

  /// Returns the program.
  func program() throws(KernelError) -> Program { try kernel.program() }

  /// Prepares a product, with at most as many clusters as the device runs at a time.
  func prepare(
    on device: any Device, a: GlobalBuffer<BFloat16>, b: GlobalBuffer<BFloat16>,
    c: GlobalBuffer<BFloat16>, shape: MatmulShape
  ) throws(DeviceError) -> PreparedMatmul {
    let depth = max(shape.k, 8)
    let aMap = try map(device, of: a, rows: shape.m, columns: depth, boxRows: 128)
    let bMap = try map(device, of: b, rows: shape.n, columns: depth, boxRows: 128)
    let cMap = try map(device, of: c, rows: shape.m, columns: shape.n, boxRows: 16)
    let tileCount = ((shape.m + 255) / 256) * ((shape.n + 255) / 256)
    let clusterCount = min(tileCount, device.multiprocessorCount / 2)
    return PreparedMatmul { [kernel] () throws(DeviceError) in
      try device.launch(
        kernel, grid: Dimensions(2 * clusterCount), aMap, bMap, cMap, UInt32(shape.m),
        UInt32(shape.n), UInt32(shape.k))
    }
  }

  /// Returns the map of a matrix in boxes of 64 columns.
  private func map(
    _ device: any Device, of buffer: GlobalBuffer<BFloat16>, rows: Int, columns: Int, boxRows: Int
  ) throws(DeviceError) -> TensorMap<BFloat16> {
    try device.makeTensorMap(
      TensorMapDescription(
        elementType: .bf16, address: buffer.address, extents: [columns, rows],
        byteStrides: [2 * columns], box: [64, boxRows], swizzle: .bytes128),
      of: BFloat16.self, over: buffer)
  }

  /// Returns the owner of an element of C.
  func owner(row: Int, column: Int) -> ElementOwner {
    let slot = WarpgroupAccumulator.slot(row: row % 16, column: column % 256)
    let warp = Machine.name == Hopper.name ? 4 + row % 128 / 16 : row % 128 / 32
    return ElementOwner(
      tileRow: row / 128, tileColumn: column / 256, warp: warp, lane: slot.thread % 32)
  }
}
