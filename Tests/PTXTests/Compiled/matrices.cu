// The matrix instructions of Ampere by way of the library: wmma, ldmatrix, cp.async.
#include <cuda_bf16.h>
#include <cuda_pipeline.h>

extern "C" __global__ void matrices(float *d, const __nv_bfloat16 *a) {
  __shared__ __align__(16) __nv_bfloat16 tile[16 * 16];
  if (threadIdx.x < 32) __pipeline_memcpy_async(tile + threadIdx.x * 8, a + threadIdx.x * 8, 16);
  __pipeline_commit();
  __pipeline_wait_prior(0);
  __syncthreads();
  unsigned address = unsigned(__cvta_generic_to_shared(tile + (threadIdx.x & 15) * 16 + (threadIdx.x >> 4) * 8));
  unsigned r[4];
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address));
  float c[4] = {0, 0, 0, 0};
#pragma unroll 1
  for (int k = 0; k < 4; ++k) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]), "r"(r[0]), "r"(r[1]));
  }
  for (int k = 0; k < 4; ++k) d[threadIdx.x * 4 + k] = c[k];
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
