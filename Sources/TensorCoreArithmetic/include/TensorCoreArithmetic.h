// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner arithmetic of tensor-core matrix instructions, bit for bit as the published model of
// NVIDIA's Hopper and Blackwell describes it. An H100 returns these bits for every type that it
// supports; for Blackwell there is only the model.
//
// One matrix instruction computes every element of D[m][n] = A[m][k] * B[n][k] + D[m][n] as ONE
// fused, truncating sum of its k products and the old D:
//
//  1. Each operand is s * 2^e with 1 <= |s| < 2. Subnormals have the smallest exponent of their
//     type (bf16, tf32 and f32 -126, f16 and e5m2 -14, e4m3 -6, e3m2 -2, e2m3 and e2m1 0) and have
//     |s| < 1. A zero has s = 0 and e = TC_ZERO_EXPONENT. The low 13 bits of a tf32 are ignored.
//  2. A product has s = sa * sb, not renormalised, and e = ea + eb. D has its own s and e.
//  3. E is the largest e of all terms. Every term is truncated toward zero to a multiple of
//     2^(E - F), where F is `fraction_bits`.
//  4. The truncated terms are added exactly.
//  5. The sum is rounded once: toward zero to f32, or to nearest, ties to even, to f16. An f32
//     keeps F fraction bits if F is less than 23. Subnormal results are kept; overflow
//     becomes infinity; a zero sum is +0, and so is a sum that rounds to zero in f16.
//  6. Any NaN, 0 * infinity, or infinities of both signs give 0x7FFFFFFF (f32) or 0x7FFF (f16).
//     Infinities of one sign otherwise give that infinity.
//
// Without an old D (`accumulates` false) D is +0, which also applies to step 3.
//
// Integers are multiplied and added exactly, and the sum is wrapped to 32 bits once or, if
// `saturates`, clamped. Single bits are combined by "and" and counted.

#ifndef TENSOR_CORE_ARITHMETIC_H
#define TENSOR_CORE_ARITHMETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The number of fraction bits, below the largest exponent, to which terms are truncated.
#define TC_FRACTION_BITS 25

/// The number of fraction bits of Hopper's sums for e4m3 and e5m2.
#define TC_NARROW_FRACTION_BITS 13

/// The exponent of a zero operand and of a zero D: so small that a zero never determines E.
///
/// An H100 keeps D = 2^-149 in a sum with 0 * 2^126 (the conformance case
/// `wgmma.worked.zeros-against-powers`); the published versions of the model say -126.
#define TC_ZERO_EXPONENT (-1000)

/// The type of the elements of A or of B.
typedef enum {
  /// bfloat16: 8 exponent bits, 7 fraction bits, in 2 bytes.
  TC_BF16,
  /// IEEE half precision: 5 exponent bits, 10 fraction bits, in 2 bytes.
  TC_F16,
  /// The upper 19 bits of IEEE single precision: 8 exponent bits, 10 fraction bits, in 4 bytes.
  TC_TF32,
  /// 4 exponent bits, 3 fraction bits, no infinity and one NaN, in a byte.
  TC_E4M3,
  /// 5 exponent bits, 2 fraction bits, in a byte.
  TC_E5M2,
  /// 2 exponent bits, 3 fraction bits, all codes finite, in the low 6 bits of a byte.
  TC_E2M3,
  /// 3 exponent bits, 2 fraction bits, all codes finite, in the low 6 bits of a byte.
  TC_E3M2,
  /// 2 exponent bits, 1 fraction bit, all codes finite, in the low 4 bits of a byte.
  TC_E2M1,
  /// A signed byte.
  TC_S8,
  /// An unsigned byte.
  TC_U8,
  /// Single bits, eight in a byte.
  TC_B1,
} tc_element;

/// The type of the elements of D.
typedef enum {
  /// IEEE single precision; results are truncated.
  TC_D_F32,
  /// IEEE half precision; results are rounded to nearest, ties to even.
  TC_D_F16,
  /// A signed integer of 32 bits, for integers and bits.
  TC_D_S32,
} tc_accumulator;

/// The types, the extents and the modifiers of a sequence of instructions.
typedef struct {
  /// The type of the elements of A.
  tc_element a;
  /// The type of the elements of B: a float, an integer or bits, like A's.
  tc_element b;
  /// The type of the elements of D.
  tc_accumulator accumulator;
  /// The number of fraction bits that a sum of floats keeps: TC_FRACTION_BITS or
  /// TC_NARROW_FRACTION_BITS.
  int fraction_bits;
  /// The number of rows of A and of D.
  int m;
  /// The number of rows of B, which is the number of columns of D.
  int n;
  /// The number of products that one instruction adds at once: 1 to 32; for bits, a multiple of 32
  /// up to 256.
  int k;
  /// The number of instructions, each of which takes the next k columns of A and of B. Each rounds
  /// D, exactly as if they were issued one by one.
  int steps;
  /// Whether the first instruction adds to the old D; the others always do.
  bool accumulates;
  /// The exponent of the power of two by which the first instruction divides the old D exactly.
  int d_shift;
  /// Whether the signs of A are flipped; floats only.
  bool negates_a;
  /// Whether the signs of B are flipped; floats only.
  bool negates_b;
  /// Whether sums of integers are clamped rather than wrapped.
  bool saturates;
} tc_product;

/// The implementations, which differ in speed only.
typedef enum {
  /// Vectors of four 32-bit lanes, on any machine.
  TC_PORTABLE,
  /// Vectors of eight lanes, on x86-64 with AVX2.
  TC_AVX2,
  /// Vectors of sixteen lanes, on x86-64 with AVX-512 F, BW, DQ and VL.
  TC_AVX512,
} tc_path;

/// Returns whether this machine can run an implementation.
bool tc_path_is_available(tc_path path);

/// Returns the fastest implementation that this machine can run.
tc_path tc_fastest_path(void);

/// Multiplies and accumulates: D[i][j] = A[i] . B[j] + D[i][j], step by step.
///
/// - a: [m, k * steps] codes, k contiguous; rows a_stride bytes apart.
/// - b: [n, k * steps] codes, k contiguous; rows b_stride bytes apart.
/// - d: [m, n] codes of 32 or 16 bits, depending on the accumulator, n contiguous; rows d_stride
///   elements apart. Not read where `accumulates` is false. Must not overlap a or b.
///
/// All extents are valid; multiples of 32 for n and of 4 for m are fastest, and any number of steps
/// up to 64 / k costs one decoding of A and B. Uses 90 KiB of stack. Restores the floating-point
/// environment.
void tc_multiply_accumulate(
    const tc_product *product, const void *a, size_t a_stride, const void *b, size_t b_stride,
    void *d, size_t d_stride);

/// Does the same as tc_multiply_accumulate with a given implementation, which must be available.
void tc_multiply_accumulate_on(
    tc_path path, const tc_product *product, const void *a, size_t a_stride, const void *b,
    size_t b_stride, void *d, size_t d_stride);

#include "ScaledProduct.h"

#endif
