// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The opcode of an instruction, as PTX spells it.
///
/// The raw value is the text before the modifiers. If one opcode is a prefix of another, the parser
/// takes the longest.
public enum Opcode: String, CaseIterable, Hashable, Sendable {
  // Arithmetic on integers and floats.
  case add, sub, mul, mad, div, rem, abs, neg, min, max, fma
  case mul24, mad24, sad
  case addWithCarry = "addc"
  case subtractWithBorrow = "subc"
  case multiplyAddWithCarry = "madc"
  case populationCount = "popc"
  case countLeadingZeros = "clz"
  case findLeadingBit = "bfind"
  case bitReverse = "brev"
  case bitFieldExtract = "bfe"
  case bitFieldInsert = "bfi"
  case bitMask = "bmsk"
  case signOrZeroExtend = "szext"
  case dotProduct4 = "dp4a"
  case dotProduct2 = "dp2a"

  // Floats only.
  case reciprocal = "rcp"
  case squareRoot = "sqrt"
  case reciprocalSquareRoot = "rsqrt"
  case sine = "sin"
  case cosine = "cos"
  case log2 = "lg2"
  case exp2 = "ex2"
  case hyperbolicTangent = "tanh"
  case copySign = "copysign"
  case testProperty = "testp"

  // Comparison and selection.
  case set
  case setPredicate = "setp"
  case select = "selp"
  case selectBySign = "slct"

  // Bits.
  case and, or, xor, not
  case logicalNot = "cnot"
  case logic3 = "lop3"
  case shiftLeft = "shl"
  case shiftRight = "shr"
  case funnelShift = "shf"
  case permuteBytes = "prmt"

  // Moving data.
  case move = "mov"
  case load = "ld"
  case store = "st"
  case loadUniform = "ldu"
  case storeAsync = "st.async"
  case storeBulk = "st.bulk"
  case discard
  case applyPriority = "applypriority"
  case multimemLoadReduce = "multimem.ld_reduce"
  case multimemStore = "multimem.st"
  case multimemReduce = "multimem.red"
  case prefetch
  case prefetchUniform = "prefetchu"
  case convert = "cvt"
  case convertPack = "cvt.pack"
  case convertAddress = "cvta"
  case isInSpace = "isspacep"
  case mapToBlock = "mapa"
  case blockRankOf = "getctarank"
  case createPolicyFractional = "createpolicy.fractional"
  case createPolicyRange = "createpolicy.range"
  case createPolicyConvert = "createpolicy.cvt"
  case atomic = "atom"
  case reduction = "red"
  case reduceAsync = "red.async"
  case allocateStack = "alloca"
  case saveStack = "stacksave"
  case restoreStack = "stackrestore"

  // Control flow.
  case branch = "bra"
  case branchIndexed = "brx.idx"
  case call
  case `return` = "ret"
  case exit
  case trap
  case breakpoint = "brkpt"
  case nanosleep
  case performanceEvent = "pmevent"

  // Within a warp.
  case shuffle = "shfl.sync"
  case vote = "vote.sync"
  case matchAny = "match.any.sync"
  case matchAll = "match.all.sync"
  case activeMask = "activemask"
  case reduceLanes = "redux.sync"
  case elect = "elect.sync"
  case warpBarrier = "bar.warp.sync"

  // Across the warps of a block and the blocks of a cluster.
  case barrierSync = "bar.sync"
  case barrierArrive = "bar.arrive"
  case barrierReduce = "bar.red"
  case barrierCTASync = "bar.cta.sync"
  case barrierCTAArrive = "bar.cta.arrive"
  case barrierCTAReduce = "bar.cta.red"
  case unalignedBarrierSync = "barrier.sync"
  case unalignedBarrierArrive = "barrier.arrive"
  case unalignedBarrierReduce = "barrier.red"
  case unalignedBarrierCTASync = "barrier.cta.sync"
  case unalignedBarrierCTAArrive = "barrier.cta.arrive"
  case unalignedBarrierCTAReduce = "barrier.cta.red"
  case clusterArrive = "barrier.cluster.arrive"
  case clusterWait = "barrier.cluster.wait"
  case memoryBarrier = "membar"
  case fence
  case fenceProxy = "fence.proxy"
  case fenceBarrierInitialization = "fence.mbarrier_init"
  case setMaximumRegisters = "setmaxnreg"
  case gridDependency = "griddepcontrol"
  case clusterTryCancel = "clusterlaunchcontrol.try_cancel"
  case clusterQueryCancel = "clusterlaunchcontrol.query_cancel"

  // Barriers in shared memory.
  case mbarrierInitialize = "mbarrier.init"
  case mbarrierInvalidate = "mbarrier.inval"
  case mbarrierArrive = "mbarrier.arrive"
  case mbarrierArriveDrop = "mbarrier.arrive_drop"
  case mbarrierExpectTransaction = "mbarrier.expect_tx"
  case mbarrierCompleteTransaction = "mbarrier.complete_tx"
  case mbarrierTestWait = "mbarrier.test_wait"
  case mbarrierTryWait = "mbarrier.try_wait"
  case mbarrierPendingCount = "mbarrier.pending_count"

  // Asynchronous copies.
  case copyAsync = "cp.async"
  case copyAsyncCommit = "cp.async.commit_group"
  case copyAsyncWait = "cp.async.wait_group"
  case copyAsyncWaitAll = "cp.async.wait_all"
  case copyAsyncBarrierArrive = "cp.async.mbarrier.arrive"
  case bulkCopy = "cp.async.bulk"
  case bulkTensorCopy = "cp.async.bulk.tensor"
  case bulkReduce = "cp.reduce.async.bulk"
  case bulkTensorReduce = "cp.reduce.async.bulk.tensor"
  case bulkPrefetch = "cp.async.bulk.prefetch"
  case bulkTensorPrefetch = "cp.async.bulk.prefetch.tensor"
  case bulkCommit = "cp.async.bulk.commit_group"
  case bulkWait = "cp.async.bulk.wait_group"
  case tensorMapReplace = "tensormap.replace"
  case tensorMapFenceProxyCopy = "tensormap.cp_fenceproxy"

  // Matrices in registers.
  case loadMatrix = "ldmatrix"
  case storeMatrix = "stmatrix"
  case moveMatrix = "movmatrix"
  case multiplyMatrix = "mma.sync"

  // Hopper's tensor cores.
  case wgmmaFence = "wgmma.fence"
  case wgmmaCommit = "wgmma.commit_group"
  case wgmmaWait = "wgmma.wait_group"
  case wgmma = "wgmma.mma_async"
  case wgmmaSparse = "wgmma.mma_async.sp"

  // Blackwell's tensor cores and Tensor Memory.
  case tensorAllocate = "tcgen05.alloc"
  case tensorDeallocate = "tcgen05.dealloc"
  case tensorRelinquish = "tcgen05.relinquish_alloc_permit"
  case tensorMultiply = "tcgen05.mma"
  case tensorMultiplySparse = "tcgen05.mma.sp"
  case tensorMultiplyStationary = "tcgen05.mma.ws"
  case tensorMultiplyStationarySparse = "tcgen05.mma.ws.sp"
  case tensorCopy = "tcgen05.cp"
  case tensorShift = "tcgen05.shift"
  case tensorCommit = "tcgen05.commit"
  case tensorLoad = "tcgen05.ld"
  case tensorStore = "tcgen05.st"
  case tensorWaitLoad = "tcgen05.wait::ld"
  case tensorWaitStore = "tcgen05.wait::st"
  case tensorFenceBefore = "tcgen05.fence::before_thread_sync"
  case tensorFenceAfter = "tcgen05.fence::after_thread_sync"

  /// The family of the instructions with this opcode.
  public var family: Family {
    switch self {
    case .wgmmaFence, .wgmmaCommit, .wgmmaWait, .wgmma, .wgmmaSparse: .warpgroup
    case .tensorAllocate, .tensorDeallocate, .tensorRelinquish, .tensorMultiply,
      .tensorMultiplySparse, .tensorMultiplyStationary, .tensorMultiplyStationarySparse,
      .tensorCopy, .tensorShift, .tensorCommit, .tensorLoad, .tensorStore, .tensorWaitLoad,
      .tensorWaitStore, .tensorFenceBefore, .tensorFenceAfter:
      .tensor
    case .bulkCopy, .bulkReduce, .bulkPrefetch, .bulkTensorCopy, .bulkTensorReduce,
      .bulkTensorPrefetch, .bulkCommit, .bulkWait:
      .bulk
    case .mbarrierInitialize, .mbarrierInvalidate, .mbarrierArrive, .mbarrierArriveDrop,
      .mbarrierExpectTransaction, .mbarrierCompleteTransaction, .mbarrierTestWait,
      .mbarrierTryWait, .mbarrierPendingCount:
      .mbarrier
    case .barrierSync, .barrierArrive, .barrierReduce, .barrierCTASync, .barrierCTAArrive,
      .barrierCTAReduce, .unalignedBarrierSync, .unalignedBarrierArrive, .unalignedBarrierReduce,
      .unalignedBarrierCTASync, .unalignedBarrierCTAArrive, .unalignedBarrierCTAReduce,
      .clusterArrive, .clusterWait:
      .barrier
    case .memoryBarrier, .fence, .fenceProxy, .fenceBarrierInitialization: .fence
    case .loadMatrix, .storeMatrix, .moveMatrix: .matrix
    default: .plain
    }
  }

  /// The text before the modifiers.
  public var spelling: String { rawValue }

  /// The opcodes by spelling.
  public static let bySpelling: [String: Opcode] = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}
