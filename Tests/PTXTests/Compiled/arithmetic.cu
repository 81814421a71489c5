// Floats of all widths, 64- and 128-bit integers, bits, and the functions of the mathematics library.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

extern "C" __global__ void arithmetic(double *d, float *f, __half2 *h, __nv_bfloat162 *b, long long *l, unsigned *u) {
  int i = threadIdx.x;
  d[i] = sqrt(d[i]) * d[i + 1] + fma(d[i], 3.0, 1.5) / d[i + 2];
  f[i] = sinf(f[i]) + __expf(f[i + 1]) * rsqrtf(f[i + 2]) + fmaxf(f[i], 0.f) + erff(f[i + 3]);
  f[i + 32] = __fdividef(f[i], 3.f) + powf(f[i + 1], f[i]) + __int2float_rz(i) + truncf(f[i]) + copysignf(f[i], f[i + 1]);
  h[i] = __hfma2(h[i], h[i + 1], __float2half2_rn(0.5f));
  b[i] = __hadd2(b[i], __floats2bfloat162_rn(f[i], f[i + 1]));
  l[i] = l[i] / 1000003 + __mul64hi(l[i + 1], l[i]) % 77 + (long long)((__int128)l[i] * l[i + 2] >> 64);
  u[i] = __byte_perm(u[i], u[i + 1], 0x5410) ^ __brev(u[i]) + __funnelshift_l(u[i], u[i + 1], i) + __ffs(u[i]) + __usad(u[i], 3, 4);
  u[i + 1] = __float2int_rn(f[i]) + __double2uint_rz(d[i]) + isnan(f[i]) + (unsigned char)u[i] + (short)u[i + 1] + __dp4a(u[i], u[i + 1], 3u);
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
