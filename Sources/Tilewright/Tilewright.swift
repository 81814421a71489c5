// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `import Tilewright` brings: kernels, and every device that runs them.
@_exported import TilewrightCUDA
@_exported import TilewrightSimulator
