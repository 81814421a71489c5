// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels and the simulator, for programs on systems that have no CUDA driver.
@_exported import Simulator
@_exported import TilewrightKernels
