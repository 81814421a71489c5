// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import DeviceRuntime

/// The cases of shuffles, votes, and divergent lanes.
enum WarpCases {
  /// The programs.
  static var programs: [ConformanceProgram] {
    var shuffles = LanePrograms(.shuffle, "shuffle", shuffleCases)
    shuffles.blockCount = 2
    var branches = LanePrograms(.divergence, "divergence", divergenceCases)
    branches.blockCount = 2
    branches.casesPerProgram = 1
    return shuffles.programs + branches.programs
  }

  /// Operations of all lanes of a warp together.
  private static var shuffleCases: [String] {
    var cases: [String] = []
    for mode in ["up", "down", "bfly", "idx"] {
      for clamp in mode == "up"
        ? ["0", "0x1800", "0x1c00", "7"] : ["31", "0x181f", "0x1c1f", "0x1007"]
      {
        cases.append(
          "shfl.sync.\(mode).b32 $0|$1, $2, $3, \(clamp), -1; ## b32 pred = any lane")
      }
      cases.append("shfl.sync.\(mode).b32 $0|$1, $2, $3, $4, -1; ## b32 pred = any b32 b32")
    }
    for mode in ["all", "any", "uni"] {
      cases.append("vote.sync.\(mode).pred pred = pred #-1")
      cases.append(
        "setp.ne.u32 $1, $2, 0; vote.sync.\(mode).pred $0, $1, -1; ## pred pred = lane")
    }
    cases.append("vote.sync.ballot.b32 b32 = pred #-1")
    cases.append("and.b32 $1, $2, 3; match.any.sync.b32 $0, $1, -1; ## b32 b32 = lane")
    cases.append("and.b64 $1, $2, 3; match.any.sync.b64 $0, $1, -1; ## b32 b64 = b64")
    cases.append("shr.u32 $1, $3, 5; match.all.sync.b32 $0|$2, $1, -1; ## b32 b32 pred = lane")
    cases.append("match.all.sync.b32 $0|$1, $2, -1; ## b32 pred = lane")
    for operation in ["add", "min", "max"] {
      for type in ["u32", "s32"] {
        cases.append("redux.sync.\(operation).\(type) \(type) = \(type) #-1")
      }
    }
    for operation in ["and", "or", "xor"] {
      cases.append("redux.sync.\(operation).b32 b32 = b32 #-1")
    }
    cases.append("elect.sync $0|$1, -1; ## b32 pred")
    cases.append("activemask.b32 $0; ## b32")
    for register in [
      "laneid", "tid.x", "ntid.x", "ctaid.x", "nctaid.x", "lanemask_eq", "lanemask_lt",
      "lanemask_le", "lanemask_gt", "lanemask_ge", "ntid.y", "nctaid.z", "tid.z",
    ] {
      cases.append("mov.u32 $0, %\(register); ## u32")
    }
    return cases
  }

  /// Branches, loops and exits, with the masks of the lanes that execute each part.
  private static let divergenceCases = [
    """
    setp.lt.u32 %p1, $2, 11; @%p1 bra @@SMALL; mul.lo.u32 $0, $2, 10; bra @@DONE; \
    @@SMALL: add.u32 $0, $2, 100; @@DONE: bar.warp.sync -1; activemask.b32 $1; ## u32 b32 = lane
    """,
    """
    mov.u32 $0, 0; mov.u32 $1, 1; @@LOOP: add.u32 $0, $0, $1; add.u32 $1, $1, 1; \
    setp.le.u32 %p1, $1, $2; @%p1 bra @@LOOP; ## u32 u32 = lane
    """,
    """
    mov.u32 $0, 0; mov.u32 $1, 0; @@OUTER: mov.u32 %r1, 0; @@INNER: add.u32 $0, $0, %r1; \
    add.u32 %r1, %r1, 1; setp.lt.u32 %p1, %r1, $1; @%p1 bra @@INNER; add.u32 $1, $1, 1; \
    setp.le.u32 %p2, $1, $2; @%p2 bra @@OUTER; ## u32 u32 = lane
    """,
    """
    and.b32 %r1, $1, 1; and.b32 %r2, $1, 2; setp.ne.u32 %p1, %r1, 0; setp.ne.u32 %p2, %r2, 0; \
    mov.u32 $0, 5; @!%p1 bra @@OUTER; @!%p2 bra @@INNER; mov.u32 $0, 3; \
    @@INNER: add.u32 $0, $0, 7; @@OUTER: mul.lo.u32 $0, $0, 3; ## u32 = lane
    """,
    """
    setp.lt.u32 %p1, $2, 16; mov.u32 $0, 1; @!%p1 bra @@DONE; mul.lo.u32 $0, $2, 3; \
    @@DONE: bar.warp.sync -1; vote.sync.ballot.b32 $1, %p1, -1; ## u32 b32 = lane
    """,
    """
    setp.lt.u32 %p1, %lane, 8; @!%p1 bra @@HIGH; vote.sync.ballot.b32 $0, %p1, 0xff; \
    bra @@DONE; @@HIGH: shfl.sync.down.b32 $0, %lane, 3, 31, 0xffffff00; \
    @@DONE: add.u32 $0, $0, $1; ## u32 = lane
    """,
    """
    setp.lt.u32 %p1, %lane, 5; mov.u32 $0, 77; @!%p1 bra @@HIGH; elect.sync $0|%p2, 0x1f; \
    selp.u32 $0, 1, 0, %p2; bra @@DONE; @@HIGH: elect.sync $0|%p3, 0xffffffe0; \
    @@DONE: bar.warp.sync -1; ## u32 = lane
    """,
    """
    rem.u32 %r1, $1, 4; mov.u32 $0, 9; setp.eq.u32 %p1, %r1, 0; @%p1 mov.u32 $0, 1; \
    setp.eq.u32 %p2, %r1, 1; @%p2 mul.lo.u32 $0, $1, $1; setp.eq.u32 %p3, %r1, 2; \
    @!%p3 add.u32 $0, $0, 1000; ## u32 = lane
    """,
    """
    rem.u32 %r1, $1, 3; @@TABLE: .branchtargets @@A, @@B, @@C; brx.idx %r1, @@TABLE; \
    @@A: mov.u32 $0, 10; bra @@DONE; @@B: mov.u32 $0, 20; bra @@DONE; @@C: mov.u32 $0, 30; \
    @@DONE: add.u32 $0, $0, $1; ## u32 = lane
    """,
    """
    add.u32 %r1, %id, $2; st.shared.u32 [%sh], %r1; bar.sync 0; xor.b32 %r2, %sh, 0x40; \
    ld.shared.u32 $0, [%r2]; bar.sync 0; setp.lt.u32 %p1, %id, 100; \
    bar.red.popc.u32 $1, 0, %p1; ## u32 u32 = lane
    """,
  ]
}
