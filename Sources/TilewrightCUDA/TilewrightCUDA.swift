// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels and NVIDIA's GPUs, for programs that link no simulator.
@_exported import CUDADriver
@_exported import TilewrightKernels
