// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// A read-only register of the hardware, named as in PTX without the percent sign.
///
/// - SeeAlso: PTX ISA, "Special Registers".
public enum SpecialRegister: String, CaseIterable, Hashable, Sendable {
  case threadIndexX = "tid.x"
  case threadIndexY = "tid.y"
  case threadIndexZ = "tid.z"
  case blockDimensionX = "ntid.x"
  case blockDimensionY = "ntid.y"
  case blockDimensionZ = "ntid.z"
  case blockIndexX = "ctaid.x"
  case blockIndexY = "ctaid.y"
  case blockIndexZ = "ctaid.z"
  case gridDimensionX = "nctaid.x"
  case gridDimensionY = "nctaid.y"
  case gridDimensionZ = "nctaid.z"
  case clusterIndexX = "clusterid.x"
  case clusterIndexY = "clusterid.y"
  case clusterIndexZ = "clusterid.z"
  case clusterCountX = "nclusterid.x"
  case clusterCountY = "nclusterid.y"
  case clusterCountZ = "nclusterid.z"
  case clusterBlockIndexX = "cluster_ctaid.x"
  case clusterBlockIndexY = "cluster_ctaid.y"
  case clusterBlockIndexZ = "cluster_ctaid.z"
  case clusterDimensionX = "cluster_nctaid.x"
  case clusterDimensionY = "cluster_nctaid.y"
  case clusterDimensionZ = "cluster_nctaid.z"
  case clusterRank = "cluster_ctarank"
  case clusterSize = "cluster_nctarank"
  case isExplicitCluster = "is_explicit_cluster"
  case laneIndex = "laneid"
  case warpIndex = "warpid"
  case warpCount = "nwarpid"
  case multiprocessorIndex = "smid"
  case multiprocessorCount = "nsmid"
  case gridIdentifier = "gridid"
  case laneMaskEqual = "lanemask_eq"
  case laneMaskLess = "lanemask_lt"
  case laneMaskLessOrEqual = "lanemask_le"
  case laneMaskGreater = "lanemask_gt"
  case laneMaskGreaterOrEqual = "lanemask_ge"
  case clock
  case clockHigh = "clock_hi"
  case clock64
  case globalTimer = "globaltimer"
  case globalTimerLow = "globaltimer_lo"
  case globalTimerHigh = "globaltimer_hi"
  case dynamicSharedByteCount = "dynamic_smem_size"
  case totalSharedByteCount = "total_smem_size"
  case aggregateSharedByteCount = "aggr_smem_size"
  case reservedSharedBegin = "reserved_smem_offset_begin"
  case reservedSharedEnd = "reserved_smem_offset_end"

  /// The type of this register in PTX.
  public var type: ScalarType {
    switch self {
    case .isExplicitCluster: .pred
    case .gridIdentifier, .clock64, .globalTimer: .u64
    default: .u32
    }
  }
}
