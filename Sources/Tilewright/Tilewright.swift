// What `import Tilewright` brings. An umbrella has no other way to pass names on.
@_exported import CUDADriver
@_exported import DeviceRuntime
@_exported import KernelLanguage
@_exported import KernelLibrary
@_exported import MachineIR
@_exported import NumberFormats
@_exported import PTX
@_exported import Simulator
@_exported import StructuredKernels
@_exported import TileLayout
