// Initialised globals and constants, shared memory, vectors, atomics and cluster instructions.
struct Node { const char *name; float weight[3]; const Node *next; };

__constant__ float coefficients[4] = {1.0f, -0.5f, 0.25f, 1e-30f};
__device__ double scale = 3.25;
__device__ const char text[] = "kernel \"map\"";
__device__ Node tail = {text, {1, 2, 3}, nullptr};
__device__ Node head = {text + 7, {4, 5, 6}, &tail};
__device__ __managed__ int counter = 3;
__device__ short matrix[2][3] = {{1, 2, 3}, {4, 5}};
extern __shared__ float4 dynamicTile[];

extern "C" __global__ void __launch_bounds__(256, 2) memory(float4 *out, const float4 *__restrict__ in, int n) {
  __shared__ float tile[32][33];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float4 v = __ldg(in + i);
  tile[threadIdx.x & 31][threadIdx.x >> 5] = v.x * coefficients[i & 3];
  dynamicTile[threadIdx.x] = v;
  __syncthreads();
  v.y = tile[threadIdx.x >> 5][threadIdx.x & 31] + float(scale) + head.next->weight[i % 3];
  v.z = dynamicTile[threadIdx.x ^ 1].w + head.name[0] + matrix[i & 1][i % 3];
  atomicAdd(&counter, 1);
  atomicMax(&counter, i);
  v.w = __shfl_xor_sync(0xffffffff, v.w, 3) + __reduce_add_sync(0xffffffff, i);
  out[i] = v;
}

extern "C" __global__ void __cluster_dims__(2, 1, 1) cluster(unsigned long long *out) {
  __shared__ unsigned long long barrier;
  unsigned address = unsigned(__cvta_generic_to_shared(&barrier));
  if (threadIdx.x == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(address), "r"(1));
  asm volatile("barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;" ::: "memory");
  unsigned rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  asm volatile(
      "{\n.reg .pred P1;\nLAB_WAIT:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 P1, [%0], %1;\n@P1 bra DONE;\nbra LAB_WAIT;\nDONE:\n}" ::"r"(address), "r"(1));
  out[threadIdx.x] = clock64() + rank;
}

// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
