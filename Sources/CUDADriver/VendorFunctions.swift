// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The functions of cuBLASLt that the package calls.
///
/// Each has the C signature of its name in `cublasLt.h`: `Int32` is `cublasStatus_t` or an
/// enumeration, `UInt` is `size_t`, `DriverPointer` is a handle or a descriptor.
///
/// - SeeAlso: cuBLAS reference, "Using the cuBLASLt API".
@unsafe struct VendorFunctions: Sendable {
  /// `cublasLtGetVersion`.
  let version: @convention(c) @Sendable () -> UInt

  /// `cublasLtGetStatusName`, since CUDA 11.4.
  let statusName: (@convention(c) @Sendable (_ status: Int32) -> UnsafePointer<CChar>?)?

  /// `cublasLtCreate`.
  let create: @convention(c) @Sendable (DriverPointerResult) -> Int32

  /// `cublasLtDestroy`.
  let destroy: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cublasLtMatmulDescCreate`.
  let createProduct:
    @convention(c) @Sendable (
      DriverPointerResult, _ computeType: Int32, _ scaleType: Int32
    ) -> Int32

  /// `cublasLtMatmulDescSetAttribute`.
  let setProductAttribute:
    @convention(c) @Sendable (
      DriverPointer, _ attribute: Int32, UnsafeRawPointer, _ byteCount: UInt
    ) -> Int32

  /// `cublasLtMatmulDescDestroy`.
  let destroyProduct: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cublasLtMatrixLayoutCreate`.
  let createLayout:
    @convention(c) @Sendable (
      DriverPointerResult, _ type: Int32, _ rows: UInt64, _ columns: UInt64, _ pitch: Int64
    ) -> Int32

  /// `cublasLtMatrixLayoutDestroy`.
  let destroyLayout: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cublasLtMatmulPreferenceCreate`.
  let createPreference: @convention(c) @Sendable (DriverPointerResult) -> Int32

  /// `cublasLtMatmulPreferenceSetAttribute`.
  let setPreferenceAttribute:
    @convention(c) @Sendable (
      DriverPointer, _ attribute: Int32, UnsafeRawPointer, _ byteCount: UInt
    ) -> Int32

  /// `cublasLtMatmulPreferenceDestroy`.
  let destroyPreference: @convention(c) @Sendable (DriverPointer) -> Int32

  /// `cublasLtMatmulAlgoGetHeuristic`.
  let candidates:
    @convention(c) @Sendable (
      _ library: DriverPointer, _ product: DriverPointer, _ a: DriverPointer, _ b: DriverPointer,
      _ c: DriverPointer, _ d: DriverPointer, _ preference: DriverPointer, _ limit: Int32,
      _ results: UnsafeMutableRawPointer, _ count: UnsafeMutablePointer<Int32>
    ) -> Int32

  /// `cublasLtMatmul`.
  let multiply:
    @convention(c) @Sendable (
      _ library: DriverPointer, _ product: DriverPointer, _ alpha: UnsafeRawPointer,
      _ a: UnsafeRawPointer?, _ aLayout: DriverPointer, _ b: UnsafeRawPointer?,
      _ bLayout: DriverPointer, _ beta: UnsafeRawPointer, _ c: UnsafeRawPointer?,
      _ cLayout: DriverPointer, _ d: UnsafeMutableRawPointer?, _ dLayout: DriverPointer,
      _ algorithm: UnsafeRawPointer, _ workspace: UnsafeMutableRawPointer?,
      _ workspaceByteCount: UInt, _ stream: DriverPointer
    ) -> Int32
}

extension VendorFunctions {
  /// Finds the functions in the library.
  init(_ library: SharedLibrary) throws(DeviceError) {
    unsafe version = try library.function("cublasLtGetVersion")
    unsafe statusName = library.optionalFunction("cublasLtGetStatusName")
    unsafe create = try library.function("cublasLtCreate")
    unsafe destroy = try library.function("cublasLtDestroy")
    unsafe createProduct = try library.function("cublasLtMatmulDescCreate")
    unsafe setProductAttribute = try library.function("cublasLtMatmulDescSetAttribute")
    unsafe destroyProduct = try library.function("cublasLtMatmulDescDestroy")
    unsafe createLayout = try library.function("cublasLtMatrixLayoutCreate")
    unsafe destroyLayout = try library.function("cublasLtMatrixLayoutDestroy")
    unsafe createPreference = try library.function("cublasLtMatmulPreferenceCreate")
    unsafe setPreferenceAttribute = try library.function("cublasLtMatmulPreferenceSetAttribute")
    unsafe destroyPreference = try library.function("cublasLtMatmulPreferenceDestroy")
    unsafe candidates = try library.function("cublasLtMatmulAlgoGetHeuristic")
    unsafe multiply = try library.function("cublasLtMatmul")
  }
}
