// Device functions, function pointers, recursion, local arrays, printf and a switch.
#include <cstdio>

struct Pair { int first; double second; };

__device__ __noinline__ int add(int a, int b) { return a + b; }
__device__ __noinline__ int subtract(int a, int b) { return a - b; }
__device__ __noinline__ int multiply(int a, int b) { return a * b; }

typedef int (*Operation)(int, int);
__device__ Operation operations[3] = {add, subtract, multiply};

__device__ __noinline__ Pair swap(Pair p) {
  Pair r = {int(p.second), double(p.first)};
  return r;
}

__device__ __noinline__ int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

extern "C" __global__ void calls(int *out, int n) {
  int i = threadIdx.x;
  Pair p = {i, double(n)};
  p = swap(p);
  out[i] = operations[i % 3](p.first, factorial(i & 7));
  if (i == 0) printf("%d of %d\n", i, n);
}

extern "C" __global__ void table(int *out, int k, int n) {
  int values[16];
  for (int i = 0; i < 16; ++i) values[i] = i * n;
  int r = 0;
  switch (k) {
    case 0: r = values[n & 15]; break;
    case 1: r = values[(n + 1) & 15] + 3; break;
    case 2: values[n & 15] = 7; r = values[0]; break;
    case 3: r = n / 7; break;
    case 4: r = n % 13; break;
    case 5: r = __popc(n); break;
    case 6: r = __clz(n); break;
    case 7: asm volatile("{ .reg .pred p; setp.ne.b32 p, %1, 0; selp.b32 %0, 1, 2, p; }" : "=r"(r) : "r"(n)); break;
    default: r = -1;
  }
  out[threadIdx.x] = r;
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
