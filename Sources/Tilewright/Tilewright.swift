// What `import Tilewright` brings: kernels, and every device that runs them.
@_exported import TilewrightCUDA
@_exported import TilewrightSimulator
