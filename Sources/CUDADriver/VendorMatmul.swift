// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// A matrix product by cuBLASLt: C[m, n] = A[m, k] · B[n, k]ᵀ, row-major, accumulated in f32.
public final class VendorMatmul: Sendable {
  /// The extents of a product.
  public struct Shape: Hashable, Sendable {
    /// The number of rows of A and C, the number of rows of B, and the number of columns of A and
    /// B.
    public var m: Int, n: Int, k: Int

    /// Creates extents.
    public init(m: Int, n: Int, k: Int) {
      self.m = m
      self.n = n
      self.k = k
    }
  }

  /// An algorithm that the library's heuristics propose for the product.
  public struct Candidate: Hashable, Sendable {
    /// The library's description of the algorithm, a `cublasLtMatmulAlgo_t`.
    let algorithm: [UInt64]

    /// The size of its workspace in bytes.
    let workspaceByteCount: Int
  }

  /// The maximum size of the workspace in bytes, as recommended for Hopper.
  private static let workspaceByteCount = 32 << 20

  /// The library.
  private let library: VendorLibrary

  /// The library's descriptors of the product and the three matrices.
  private let product: Descriptor, a: Descriptor, b: Descriptor, c: Descriptor

  /// The address of the workspace.
  private let workspace: UInt64

  /// The proposed algorithms, the library's favourite first.
  public let candidates: [Candidate]

  /// Describes a product to the library.
  ///
  /// - Parameters:
  ///   - library: The library.
  ///   - type: The type of all elements: bf16 or f16.
  ///   - shape: The extents, all positive.
  ///   - candidateLimit: The maximum number of candidates.
  /// - Throws: `DeviceError.unavailable`, where the library has no candidate for such a product.
  public init(
    _ library: VendorLibrary, of type: ElementType, shape: Shape, candidateLimit: Int = 16
  ) throws(DeviceError) {
    guard type == .bf16 || type == .f16 else {
      throw .unavailable(
        device: "cublasLt", reason: "products of \(type.rawValue) are not supported here")
    }
    guard min(shape.m, shape.n, shape.k) > 0, (1...1024).contains(candidateLimit) else {
      throw .unavailable(
        device: "cublasLt",
        reason: """
          1 to 1024 candidates and positive extents can be requested, not \(candidateLimit) of \
          \(shape.m) x \(shape.n) x \(shape.k)
          """)
    }
    self.library = library
    // CUDA_R_16F, CUDA_R_16BF
    let number: Int32 = type == .f16 ? 2 : 14
    let (m, n, k) = (UInt64(shape.m), UInt64(shape.n), UInt64(shape.k))
    product = try Descriptor.product(library)
    // To the library all matrices are column-major, so it computes Cᵀ = B · Aᵀ: our A is its second
    // operand.
    a = try Descriptor.layout(library, number, rows: k, columns: m)
    b = try Descriptor.layout(library, number, rows: k, columns: n)
    c = try Descriptor.layout(library, number, rows: n, columns: m)
    candidates = try VendorMatmul.candidates(
      library, product, first: b, second: a, result: c, limit: candidateLimit)
    workspace = try library.device.allocate(byteCount: VendorMatmul.workspaceByteCount)
  }

  deinit { library.device.deallocate(workspace) }

  /// Records the product in a graph, which keeps the workspace alive.
  ///
  /// - Parameters:
  ///   - candidate: The algorithm.
  ///   - recorder: The recorder of the graph.
  ///   - a: A.
  ///   - b: B.
  ///   - c: C.
  /// - Throws: `DeviceError.unavailable` if the library refuses.
  public func record<Element>(
    _ candidate: Candidate, on recorder: CUDARecorder, a: GlobalBuffer<Element>,
    b: GlobalBuffer<Element>, c: GlobalBuffer<Element>
  ) throws(DeviceError) {
    // The graph uses the workspace and the matrices.
    recorder.keep(self)
    recorder.keepMemory(of: [a, b, c].map { KernelArgument($0) })
    let functions = unsafe library.functions
    var (alpha, beta) = (Float(1), Float(0))
    let matrices = unsafe (
      pointer(a.address), pointer(b.address), pointer(c.address), pointer(workspace)
    )
    let status = unsafe candidate.algorithm.withUnsafeBytes { algorithm -> Int32 in
      // CUBLAS_STATUS_INVALID_VALUE; unreachable, because the description has eight words.
      guard let algorithm = algorithm.baseAddress else { return 7 }
      // The library reads the factors and the algorithm before it returns. Its first operand is our
      // B. The addresses are the GPU's, and are not dereferenced here.
      return unsafe functions.multiply(
        library.handle.pointer, product.pointer, &alpha, matrices.1, self.b.pointer, matrices.0,
        self.a.pointer, &beta, matrices.2, self.c.pointer, matrices.2, self.c.pointer, algorithm,
        matrices.3, UInt(candidate.workspaceByteCount), recorder.stream.pointer)
    }
    try library.check(status, "cublasLtMatmul")
  }

  /// Returns a GPU address as a C pointer.
  private func pointer(_ address: UInt64) -> UnsafeMutableRawPointer? {
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(address))
  }
}

extension VendorMatmul {
  /// The layout of `cublasLtMatmulHeuristicResult_t`, in bytes.
  private enum ResultLayout {
    /// The size of the structure.
    static let byteCount = 96
    /// The number of words of the algorithm, at the start.
    static let algorithmWordCount = 8
    /// The offset of the size of the workspace.
    static let workspace = 64
    /// The offset of the status, which is zero for a valid result.
    static let state = 72
  }

  /// Returns the library's algorithms for a product.
  private static func candidates(
    _ library: VendorLibrary, _ product: Descriptor, first: Descriptor, second: Descriptor,
    result: Descriptor, limit: Int
  ) throws(DeviceError) -> [Candidate] {
    let functions = unsafe library.functions
    let preference = try Descriptor.preference(library, workspaceByteCount: workspaceByteCount)
    let byteCount = limit * ResultLayout.byteCount
    let results = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 8)
    defer { unsafe results.deallocate() }
    unsafe results.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    var count: Int32 = 0
    // The library writes at most the given number of results.
    let status = try library.device.withContext { () throws(DeviceError) in
      unsafe functions.candidates(
        library.handle.pointer, product.pointer, first.pointer, second.pointer, result.pointer,
        result.pointer, preference.pointer, Int32(limit), results, &count)
    }
    try library.check(status, "cublasLtMatmulAlgoGetHeuristic")
    let candidates = (0..<min(Int(count), limit)).compactMap { index -> Candidate? in
      let start = index * ResultLayout.byteCount
      // All three fields are inside the result at this index.
      let state = unsafe results.load(fromByteOffset: start + ResultLayout.state, as: Int32.self)
      guard state == 0 else { return nil }
      let algorithm = (0..<ResultLayout.algorithmWordCount).map { word in
        unsafe results.load(fromByteOffset: start + 8 * word, as: UInt64.self)
      }
      let needed = unsafe results.load(
        fromByteOffset: start + ResultLayout.workspace, as: UInt64.self)
      return Candidate(algorithm: algorithm, workspaceByteCount: Int(needed))
    }
    guard !candidates.isEmpty else {
      throw .unavailable(device: "cublasLt", reason: "it has no algorithm for the product")
    }
    return candidates
  }
}

/// A description of a product, a matrix or a preference, which the library owns.
private final class Descriptor: Sendable {
  /// The library.
  private let library: VendorLibrary

  /// The library's handle.
  private let handle: DriverHandle

  /// Destroys the description.
  private let destroy: @Sendable (DriverHandle) -> Void

  /// The library's handle as a C pointer.
  var pointer: DriverPointer { unsafe handle.pointer }

  /// Takes ownership of the description that a function of the library creates.
  private init(
    _ library: VendorLibrary, _ call: StaticString,
    create: (DriverPointerResult) -> Int32, destroy: @escaping @Sendable (DriverHandle) -> Void
  ) throws(DeviceError) {
    var result: DriverPointer?
    let status = unsafe create(&result)
    try library.check(status, call)
    guard let result = unsafe result else {
      throw .unavailable(device: "cublasLt", reason: "\(call) returned nothing")
    }
    self.library = library
    handle = unsafe DriverHandle(result)
    self.destroy = destroy
  }

  deinit { destroy(handle) }

  /// Returns the description of the product: first operand transposed, accumulated in f32.
  static func product(_ library: VendorLibrary) throws(DeviceError) -> Descriptor {
    let functions = unsafe library.functions
    let descriptor = unsafe try Descriptor(library, "cublasLtMatmulDescCreate") { result in
      // CUBLAS_COMPUTE_32F, CUDA_R_32F
      unsafe functions.createProduct(result, 68, 0)
    } destroy: { handle in
      _ = unsafe functions.destroyProduct(handle.pointer)
    }
    // CUBLAS_OP_T for CUBLASLT_MATMUL_DESC_TRANSA
    var transposed: Int32 = 1
    try library.check(
      unsafe functions.setProductAttribute(descriptor.pointer, 3, &transposed, 4),
      "cublasLtMatmulDescSetAttribute")
    return descriptor
  }

  /// Returns the description of a matrix: column-major, without gaps.
  static func layout(
    _ library: VendorLibrary, _ type: Int32, rows: UInt64, columns: UInt64
  ) throws(DeviceError) -> Descriptor {
    let functions = unsafe library.functions
    return unsafe try Descriptor(library, "cublasLtMatrixLayoutCreate") { result in
      unsafe functions.createLayout(result, type, rows, columns, Int64(rows))
    } destroy: { handle in
      _ = unsafe functions.destroyLayout(handle.pointer)
    }
  }

  /// Returns the preference for algorithms that need at most the given workspace.
  static func preference(
    _ library: VendorLibrary, workspaceByteCount: Int
  ) throws(DeviceError) -> Descriptor {
    let functions = unsafe library.functions
    let descriptor = unsafe try Descriptor(library, "cublasLtMatmulPreferenceCreate") { result in
      unsafe functions.createPreference(result)
    } destroy: { handle in
      _ = unsafe functions.destroyPreference(handle.pointer)
    }
    // CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES
    var byteCount = UInt(workspaceByteCount)
    try library.check(
      unsafe functions.setPreferenceAttribute(descriptor.pointer, 1, &byteCount, 8),
      "cublasLtMatmulPreferenceSetAttribute")
    return descriptor
  }
}
