// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner arithmetic of matrix instructions with block scales, as the published model of NVIDIA's
// Blackwell describes it. It has not been compared with hardware.
//
// One instruction computes every element of D[m][n] = sum of A[m][k] * SA[m][k / block] * B[n][k] *
// SB[n][k / block], plus D[m][n], as one fused, truncating sum, in one of two ways:
//
//  * `tc_multiply_scaled`, for mxf8f6f4: the sum that TensorCoreArithmetic.h describes, with the
//    exponents of both scales added to that of each of the 32 products.
//  * `tc_multiply_grouped`, for mxf4 and mxf4nvf4: each group of 16 of the 64 e2m1 products is
//    added exactly. The sum times the significands of both scales, not renormalised, is a term, whose
//    exponent is the sum of the scales' exponents. The four terms and the old D are truncated to 35
//    fraction bits.
//
// A sum is rounded toward zero to f32; overflow becomes infinity, and a zero sum is +0. A NaN scale
// makes every element that uses it 0x7FFFFFFF. A zero never determines the exponent at which terms
// are truncated: neither a product, nor the sum of a group, nor a group with a zero scale, nor D.

#ifndef SCALED_PRODUCT_H
#define SCALED_PRODUCT_H

/// The number of fraction bits that a sum of scaled groups keeps.
#define TC_GROUPED_FRACTION_BITS 35

/// The type of scales.
typedef enum {
  /// Powers of two: 8 exponent bits; 0xFF is NaN.
  TC_UE8M0,
  /// 4 exponent bits, 3 fraction bits; the highest bit is ignored; 0x7F is NaN.
  TC_UE4M3,
} tc_scale;

/// The types, the extents and the modifiers of one instruction.
typedef struct {
  /// The type of the elements of A: a float of at most 8 bits.
  tc_element a;
  /// The type of the elements of B.
  tc_element b;
  /// The type of the scales.
  tc_scale scale;
  /// The number of scales of each row of A and of B: 1, 2 or 4.
  int scale_count;
  /// The number of rows of A and of D: at most 128.
  int m;
  /// The number of rows of B, which is the number of columns of D: at most 256.
  int n;
  /// Whether the old D is added.
  bool accumulates;
  /// Whether the signs of A are flipped.
  bool negates_a;
  /// Whether the signs of B are flipped.
  bool negates_b;
} tc_scaled_product;

/// Multiplies 32 columns of A and B, one code in each byte.
///
/// - a: [m, 32] codes, k contiguous.
/// - b: [n, 32] codes, k contiguous.
/// - a_scales: [m, scale_count]; one scale applies to all 32 columns.
/// - b_scales: [n, scale_count].
/// - d: [m, n] f32 numbers, n contiguous. Not read if `accumulates` is false.
void tc_multiply_scaled(
    const tc_scaled_product *product, const uint8_t *a, const uint8_t *b, const uint8_t *a_scales,
    const uint8_t *b_scales, uint32_t *d);

/// Multiplies 64 columns of A and B of e2m1, two codes in each byte, the first in the low bits.
///
/// - a: [m, 64] codes, k contiguous.
/// - b: [n, 64] codes, k contiguous.
/// - a_scales: [m, scale_count], each for 64 / scale_count columns.
/// - b_scales: [n, scale_count].
/// - d: [m, n] f32 numbers, n contiguous. Not read if `accumulates` is false.
void tc_multiply_grouped(
    const tc_scaled_product *product, const uint8_t *a, const uint8_t *b, const uint8_t *a_scales,
    const uint8_t *b_scales, uint32_t *d);

/// Do the same as the functions above with a given implementation, which must be available.
void tc_multiply_scaled_on(
    tc_path path, const tc_scaled_product *product, const uint8_t *a, const uint8_t *b,
    const uint8_t *a_scales, const uint8_t *b_scales, uint32_t *d);
void tc_multiply_grouped_on(
    tc_path path, const tc_scaled_product *product, const uint8_t *a, const uint8_t *b,
    const uint8_t *a_scales, const uint8_t *b_scales, uint32_t *d);

#endif
