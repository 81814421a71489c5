// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner loops of block-scaled multiplication, included once for each instruction set that the
// compiler may use, with
//
// TARGET     the attribute that lets a function use the instructions,
// NAME(x)    the name of a function of this implementation.

/// Finds, for each column, the largest exponent of the products of a row.
TARGET static void NAME(greatest_exponents)(
    const int16_t *a, int16_t b[32][COLUMNS], int16_t result[COLUMNS]) {
  for (int j = 0; j < COLUMNS; j++) result[j] = INT16_MIN;
  for (int k = 0; k < 32; k++) {
    const int16_t exponent = a[k];
    for (int j = 0; j < COLUMNS; j++) {
      const int16_t sum = (int16_t)(exponent + b[k][j]);
      result[j] = sum > result[j] ? sum : result[j];
    }
  }
}

/// Adds, for each column, 16 of a row's products, each times the column's factor and truncated.
TARGET static void NAME(truncated_sums)(
    const float *a, float b[][COLUMNS], const float factors[COLUMNS], int32_t result[COLUMNS]) {
  for (int j = 0; j < COLUMNS; j++) result[j] = 0;
  for (int k = 0; k < 16; k++) {
    const float value = a[k];
    for (int j = 0; j < COLUMNS; j++) result[j] += (int32_t)(value * b[k][j] * factors[j]);
  }
}

/// Adds, for each column, 16 of a row's products of small integers.
TARGET static void NAME(exact_sums)(
    const int16_t *a, int16_t b[][COLUMNS], int16_t result[COLUMNS]) {
  for (int j = 0; j < COLUMNS; j++) result[j] = 0;
  for (int k = 0; k < 16; k++) {
    const int16_t value = a[k];
    for (int j = 0; j < COLUMNS; j++) result[j] = (int16_t)(result[j] + value * b[k][j]);
  }
}

#undef TARGET
#undef NAME
