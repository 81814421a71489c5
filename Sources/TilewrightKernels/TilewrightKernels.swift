// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel is written with, and launched on a device of any kind. An umbrella has no other way
// to pass names on; the instruction tables and the parser are imported by name: MachineIR, PTX.
@_exported import DeviceRuntime
@_exported import KernelLanguage
@_exported import KernelLibrary
@_exported import NumberFormats
@_exported import StructuredKernels
@_exported import TileLayout
