// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms of the instructions that have no file in `Instructions`, with the modifiers of the PTX
// ISA manual. Those that share modifiers and operands share a helper at the end of the file.

private let anyInteger: [ScalarType] = [.u16, .u32, .u64, .s16, .s32, .s64]
private let wideInteger: [ScalarType] = [.u32, .u64, .s32, .s64]
private let halves: [ScalarType] = [.f16, .f16x2, .bf16, .bf16x2]
private let bits: [ScalarType] = [.b16, .b32, .b64]
private let memoryTypes: [ScalarType] = [
  .b8, .b16, .b32, .b64, .b128, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .f32, .f64,
]
private let rounding: [Modifier] = ["rn", "rz", "rm", "rp"]
private let comparisons: [Modifier] = [
  "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu",
  "geu", "num", "nan",
]
private let cachePriorities: [Modifier] = [
  "L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last",
  "L1::no_allocate",
]
private let l2Priorities: [Modifier] = [
  "L2::evict_normal", "L2::evict_first", "L2::evict_last",
]
private let vectorCounts: [Modifier] = ["v2", "v4", "v8"]

extension Opcode {
  /// The description of the instructions with this opcode.
  ///
  /// - SeeAlso: PTX ISA, "Instruction Set".
  public var description: InstructionDescription {
    Opcode.descriptions[self] ?? InstructionDescription([])
  }

  /// All descriptions, created once.
  private static let descriptions: [Opcode: InstructionDescription] = Dictionary(
    uniqueKeysWithValues: allCases.map {
      ($0, InstructionDescription($0.family.member.forms[$0] ?? []))
    })

  /// The description of the instructions with this opcode, if they are plain.
  var plainDescription: InstructionDescription {
    switch self {
    case .add, .sub:
      InstructionDescription([
        InstructionForm([.maybe("sat"), .maybe("cc"), .type(anyInteger + bits)], binary),
        InstructionForm([.type([.u16x2, .s16x2])], binary, needs: .hopper),
        InstructionForm(floatSlots([.f32, .f64]), binary),
        InstructionForm(floatSlots([.f32x2]), binary, needs: .blackwellOnward),
        InstructionForm(floatSlots(halves), binary, wordNeeds: halfNeeds),
        InstructionForm(
          [.maybe(rounding), .maybe("sat"), .word("f32"), .type([.f16, .bf16])],
          [.destination, OperandSlot(.value(.named(1))), .source], needs: .blackwellOnward),
      ])
    case .mul:
      InstructionDescription([
        InstructionForm([.one(["lo", "hi"]), .type(anyInteger)], binary),
        InstructionForm(
          [.word("wide"), .type([.u16, .u32, .s16, .s32])],
          [OperandSlot(.value(.doubled(0)), .write), .source, .source]),
        InstructionForm(floatSlots([.f32, .f64]), binary),
        InstructionForm(floatSlots([.f32x2]), binary, needs: .blackwellOnward),
        InstructionForm(floatSlots(halves), binary, wordNeeds: halfNeeds),
      ])
    case .mad:
      InstructionDescription([
        InstructionForm(
          [.one(["lo", "hi"]), .maybe("sat"), .maybe("cc"), .type(anyInteger)], ternary),
        InstructionForm(
          [.word("wide"), .type([.u16, .u32, .s16, .s32])],
          [
            OperandSlot(.value(.doubled(0)), .write), .source, .source,
            OperandSlot(.value(.doubled(0))),
          ]),
        InstructionForm(floatSlots([.f32, .f64]), ternary),
      ])
    case .fma:
      InstructionDescription([
        InstructionForm(floatSlots([.f32, .f64]), ternary),
        InstructionForm(floatSlots([.f32x2]), ternary, needs: .blackwellOnward),
        InstructionForm(
          [
            .word("rn"), .maybe("ftz"), .maybe(["sat", "relu", "oob"]), .maybe("relu"),
            .type(halves),
          ],
          ternary, wordNeeds: ["oob": Availability(PTXVersion(8, 1), architecture: 90)]),
        InstructionForm(
          [.one(rounding), .maybe("sat"), .word("f32"), .type([.f16, .bf16])],
          [
            .destination, OperandSlot(.value(.named(1))), OperandSlot(.value(.named(1))), .source,
          ], needs: .blackwellOnward),
      ])
    case .mul24:
      InstructionDescription([.one(["lo", "hi"]), .type([.u32, .s32])], binary)
    case .mad24:
      InstructionDescription([.one(["lo", "hi"]), .maybe("sat"), .type([.u32, .s32])], ternary)
    case .sad: InstructionDescription([.type(anyInteger)], ternary)
    case .div:
      InstructionDescription([
        InstructionForm([.type(anyInteger)], binary),
        InstructionForm(
          [.one(["approx", "full"] + rounding), .maybe("ftz"), .type([.f32, .f64])], binary),
      ])
    case .rem: InstructionDescription([.type(anyInteger)], binary)
    case .abs, .neg:
      InstructionDescription([
        InstructionForm([.type([.s16, .s32, .s64])], unary),
        InstructionForm([.maybe("ftz"), .type([.f32, .f64] + halves)], unary),
      ])
    case .min, .max:
      InstructionDescription([
        InstructionForm([.maybe("relu"), .type(anyInteger + [.u16x2, .s16x2])], binary),
        InstructionForm(
          [.maybe("ftz"), .maybe("NaN"), .maybe("xorsign"), .maybe("abs"), .type([.f32] + halves)],
          binary),
        InstructionForm(
          [.maybe("ftz"), .maybe("NaN"), .maybe("abs"), .type([.f32])],
          [.destination, .source, .source, .source],
          needs: Availability(PTXVersion(8, 8), architecture: 100)),
        InstructionForm([.type([.f64])], binary),
      ])
    case .addWithCarry, .subtractWithBorrow:
      InstructionDescription([.maybe("cc"), .type(wideInteger + [.b32, .b64])], binary)
    case .multiplyAddWithCarry:
      InstructionDescription([.one(["lo", "hi"]), .maybe("cc"), .type(wideInteger)], ternary)
    case .populationCount, .countLeadingZeros:
      InstructionDescription(
        [.type([.b32, .b64])], [OperandSlot(.value(.fixed(.u32)), .write), .source])
    case .findLeadingBit:
      InstructionDescription(
        [.maybe("shiftamt"), .type(wideInteger)],
        [OperandSlot(.value(.fixed(.u32)), .write), .source])
    case .bitReverse: InstructionDescription([.type([.b32, .b64])], unary)
    case .bitFieldExtract:
      InstructionDescription([.type(wideInteger)], [.destination, .source, .word, .word])
    case .bitFieldInsert:
      InstructionDescription(
        [.type([.b32, .b64])], [.destination, .source, .source, .word, .word])
    case .bitMask: InstructionDescription([.one(["clamp", "wrap"]), .type([.b32])], binary)
    case .signOrZeroExtend:
      InstructionDescription([.one(["clamp", "wrap"]), .type([.u32, .s32])], binary)
    case .dotProduct4:
      InstructionDescription(
        [.type([.u32, .s32]), .type([.u32, .s32])],
        [OperandSlot(.value(.fixed(.b32)), .write), .word, .word, .word])
    case .dotProduct2:
      InstructionDescription(
        [.one(["lo", "hi"]), .type([.u32, .s32]), .type([.u32, .s32])],
        [OperandSlot(.value(.fixed(.b32)), .write), .word, .word, .word])

    case .reciprocal, .squareRoot:
      InstructionDescription(
        [.one(["approx"] + rounding), .maybe("ftz"), .type([.f32, .f64])], unary)
    case .reciprocalSquareRoot:
      InstructionDescription([.word("approx"), .maybe("ftz"), .type([.f32, .f64])], unary)
    case .sine, .cosine, .log2:
      InstructionDescription([.word("approx"), .maybe("ftz"), .type([.f32])], unary)
    case .exp2:
      InstructionDescription(
        [.word("approx"), .maybe("ftz"), .type([.f32] + halves)], unary)
    case .hyperbolicTangent:
      InstructionDescription([.word("approx"), .type([.f32] + halves)], unary)
    case .copySign: InstructionDescription([.type([.f32, .f64])], binary)
    case .testProperty:
      InstructionDescription(
        [
          .one(["finite", "infinite", "number", "notanumber", "normal", "subnormal"]),
          .type([.f32, .f64]),
        ], [.predicateOut, .source])

    case .set:
      InstructionDescription(
        [
          .one(comparisons), .maybe(["and", "or", "xor"]), .maybe("ftz"),
          .type([.u16, .u32, .s32, .f32, .f16, .f16x2, .bf16, .bf16x2]),
          .type(anyInteger + bits + [.f32, .f64] + halves),
        ],
        [
          .destination, OperandSlot(.value(.named(1))), OperandSlot(.value(.named(1))),
          .predicateIn.optional,
        ])
    case .setPredicate:
      InstructionDescription(
        [
          .one(comparisons), .maybe(["and", "or", "xor"]), .maybe("ftz"),
          .type(anyInteger + bits + [.f32, .f64] + halves),
        ], [OperandSlot(.predicates, .write), .source, .source, .predicateIn.optional])
    case .select:
      InstructionDescription(
        [.type(anyInteger + bits + [.f32, .f64])], [.destination, .source, .source, .predicateIn])
    case .selectBySign:
      InstructionDescription(
        [.maybe("ftz"), .type(anyInteger + bits + [.f32, .f64]), .type([.s32, .f32])],
        [.destination, .source, .source, OperandSlot(.value(.named(1)))])

    case .and, .or, .xor: InstructionDescription([.type([.pred] + bits)], binary)
    case .not: InstructionDescription([.type([.pred] + bits)], unary)
    case .logicalNot: InstructionDescription([.type(bits)], unary)
    case .logic3:
      InstructionDescription([
        InstructionForm([.type([.b32])], [.destination, .source, .source, .source, .immediate]),
        InstructionForm(
          [.one(["or", "and"]), .type([.b32])],
          [
            OperandSlot(.valueAndPredicate(.named(0)), .write), .source, .source, .source,
            .immediate,
            .predicateIn,
          ], needs: Availability(PTXVersion(8, 2), architecture: 80)),
      ])
    case .shiftLeft: InstructionDescription([.type(bits)], [.destination, .source, .word])
    case .shiftRight:
      InstructionDescription([.type(bits + anyInteger)], [.destination, .source, .word])
    case .funnelShift:
      InstructionDescription(
        [.one(["l", "r"]), .one(["clamp", "wrap"]), .type([.b32])],
        [.destination, .source, .source, .word])
    case .permuteBytes:
      InstructionDescription(
        [.maybe(["f4e", "b4e", "rc8", "ecl", "ecr", "rc16"]), .type([.b32])], ternary)

    case .move:
      InstructionDescription([
        InstructionForm(
          [.type([.pred] + bits + anyInteger + [.f32, .f64, .b128])],
          [
            OperandSlot(.vector(.named(0)), .write),
            OperandSlot(.symbolOrValue(.named(0))),
          ]),
        InstructionForm(
          [.one(["v2", "v4"]), .type(bits + anyInteger + [.f32, .f64])],
          [OperandSlot(.vector(.named(0)), .write), OperandSlot(.vector(.named(0)))]),
      ])
    case .load, .loadUniform:
      InstructionDescription([
        InstructionForm(
          loadSlots,
          [
            OperandSlot(.vector(.named(0)), .write), .memory, .doubleWord.optional,
          ], wordNeeds: memoryNeeds),
        InstructionForm(
          deviceAccessSlots(order: "acquire"), [.destination, .memory], needs: deviceAccess,
          wordNeeds: deviceAccessNeeds),
      ])
    case .store:
      InstructionDescription([
        InstructionForm(
          storeSlots, [.memory, OperandSlot(.vector(.named(0))), .doubleWord.optional],
          wordNeeds: memoryNeeds),
        InstructionForm(
          deviceAccessSlots(order: "release"), [.memory, .source], needs: deviceAccess,
          wordNeeds: deviceAccessNeeds),
      ])
    case .storeAsync: asyncStoreDescription
    case .storeBulk:
      InstructionDescription(
        [.maybe("weak"), .maybe(.ownShared)], [.memory, .doubleWord, .immediate],
        needs: .blackwellOnward)
    case .discard: InstructionDescription([.maybe("global"), .word("L2")], [.memory, .immediate])
    case .applyPriority:
      InstructionDescription(
        [.maybe("global"), .word("L2::evict_normal")], [.memory, .immediate])
    case .multimemLoadReduce:
      InstructionDescription(
        multimemSlots(["weak", "relaxed", "acquire"]),
        [OperandSlot(.vector(.named(0)), .write), .memory], needs: multimemNeeds)
    case .multimemStore, .multimemReduce:
      InstructionDescription(
        multimemSlots(["weak", "relaxed", "release"]), [.memory, OperandSlot(.vector(.named(0)))],
        needs: multimemNeeds)
    case .prefetch:
      InstructionDescription([
        InstructionForm(
          [
            .maybe(["global", "local"]),
            .one(["L1", "L2", "L2::evict_last", "L2::evict_normal"]),
          ], [.memory]),
        InstructionForm(
          [.maybe(["const", "param"]), .word("tensormap")], [.memory], needs: .hopper),
      ])
    case .prefetchUniform: InstructionDescription([.word("L1")], [.memory])
    case .convert: convertDescription
    case .convertPack:
      InstructionDescription(
        [
          .word("sat"), .type([.u8, .s8, .u16, .s16]), .type([.s32]), .maybe(["b32"]),
        ],
        [
          OperandSlot(.value(.fixed(.b32)), .write), .word, .word, .word.optional,
        ])
    case .convertAddress:
      InstructionDescription(
        [
          .maybe("to"),
          .one([
            "global", "shared", "shared::cta", "shared::cluster", "local", "const", "param",
            "param::entry",
          ]),
          .type([.u32, .u64]),
        ], [.destination, OperandSlot(.symbolOrValue(.named(0)))],
        wordNeeds: ["shared::cluster": .hopper])
    case .isInSpace:
      InstructionDescription(
        [
          .one([
            "global", "shared", "shared::cta", "shared::cluster", "local", "const", "param",
            "param::entry",
          ])
        ], [.predicateOut, OperandSlot(.value(.any))], wordNeeds: ["shared::cluster": .hopper])
    case .mapToBlock:
      InstructionDescription(
        [.maybe("shared::cluster"), .type([.u32, .u64])],
        [.destination, OperandSlot(.symbolOrValue(.named(0))), .word], needs: .hopper)
    case .blockRankOf:
      InstructionDescription(
        [.maybe("shared::cluster"), .type([.u32, .u64])],
        [OperandSlot(.value(.fixed(.b32)), .write), .source], needs: .hopper)
    case .createPolicyFractional:
      InstructionDescription(
        [
          .one(l2Priorities + ["L2::evict_unchanged"]),
          .maybe(["L2::evict_first", "L2::evict_unchanged"]), .type([.b64]),
        ], [.destination, OperandSlot(.value(.fixed(.f32))).optional])
    case .createPolicyRange:
      InstructionDescription(
        [
          .maybe("global"), .one(l2Priorities), .maybe(["L2::evict_first", "L2::evict_unchanged"]),
          .type([.b64]),
        ], [.destination, .memory, .word, .word])
    case .createPolicyConvert:
      InstructionDescription([.word("L2"), .type([.b64])], [.destination, .source])
    case .atomic: atomicDescription(returnsOld: true)
    case .reduction: atomicDescription(returnsOld: false)
    case .reduceAsync: asyncReductionDescription
    case .allocateStack:
      InstructionDescription(
        [.type([.u32, .u64])], [.destination, .source, .immediate.optional],
        needs: Availability(PTXVersion(7, 3), architecture: 80))
    case .saveStack:
      InstructionDescription(
        [.type([.u32, .u64])], [.destination],
        needs: Availability(PTXVersion(7, 3), architecture: 80))
    case .restoreStack:
      InstructionDescription(
        [.type([.u32, .u64])], [.source], needs: Availability(PTXVersion(7, 3), architecture: 80))

    case .branch: InstructionDescription([.maybe("uni")], [OperandSlot(.label)])
    case .branchIndexed:
      InstructionDescription([.maybe("uni")], [.word, OperandSlot(.label)])
    case .call:
      // The text omits empty lists; instructions always have both.
      InstructionDescription(
        [.maybe("uni")],
        [
          OperandSlot(.list, .write), OperandSlot(.label), OperandSlot(.list),
          OperandSlot(.label).optional,
        ])
    case .return: InstructionDescription([.maybe("uni")], [])
    case .exit, .trap, .breakpoint: InstructionDescription([], [])
    case .nanosleep: InstructionDescription([.type([.u32])], [.source])
    case .performanceEvent: InstructionDescription([.maybe("mask")], [.immediate])

    case .shuffle:
      InstructionDescription(
        [.one(["up", "down", "bfly", "idx"]), .type([.b32])],
        [
          OperandSlot(.valueAndPredicate(.named(0)), .write), .source, .word, .word, .word,
        ])
    case .vote:
      InstructionDescription([
        InstructionForm(
          [.one(["all", "any", "uni"]), .type([.pred])], [.predicateOut, .predicateIn, .word]),
        InstructionForm(
          [.word("ballot"), .type([.b32])], [.destination, .predicateIn, .word]),
      ])
    case .matchAny:
      InstructionDescription(
        [.type([.b32, .b64])], [OperandSlot(.value(.fixed(.b32)), .write), .source, .word])
    case .matchAll:
      InstructionDescription(
        [.type([.b32, .b64])],
        [OperandSlot(.valueAndPredicate(.fixed(.b32)), .write), .source, .word])
    case .activeMask: InstructionDescription([.type([.b32])], [.destination])
    case .reduceLanes:
      InstructionDescription([
        InstructionForm(
          [.one(["add", "min", "max"]), .type([.u32, .s32])], [.destination, .source, .word]),
        InstructionForm(
          [.one(["and", "or", "xor"]), .type([.b32])], [.destination, .source, .word]),
        InstructionForm(
          [.one(["min", "max"]), .maybe("abs"), .maybe("NaN"), .type([.f32])],
          [.destination, .source, .word],
          needs: Availability(PTXVersion(8, 6), architecture: 100, isSpecific: true)),
      ])
    case .elect:
      InstructionDescription(
        [], [OperandSlot(.valueAndPredicate(.fixed(.b32)), .write), .word], needs: .hopper)
    case .warpBarrier: InstructionDescription([], [.word])

    case .setMaximumRegisters:
      InstructionDescription(
        [.one(["inc", "dec"]), .word("sync"), .word("aligned"), .type([.u32])], [.immediate],
        needs: .hopperSpecific)
    case .gridDependency:
      InstructionDescription([.one(["wait", "launch_dependents"])], [], needs: .hopper)

    case .clusterTryCancel:
      InstructionDescription(
        [
          .word("async"), .maybe("shared::cta"), .word("mbarrier::complete_tx::bytes"),
          .maybe("multicast::cluster::all"), .type([.b128]),
        ], [.memory, .memory], needs: .blackwellOnward,
        wordNeeds: ["multicast::cluster::all": .blackwellSpecific])
    case .clusterQueryCancel: queryCancelDescription

    case .copyAsync:
      InstructionDescription(
        [
          .one(["ca", "cg"]), .one(.ownShared), .word("global"), .maybe("L2::cache_hint"),
          .maybe(["L2::64B", "L2::128B", "L2::256B"]),
        ],
        [
          .memory, .memory, .immediate, OperandSlot(.value(.any)).optional, .doubleWord.optional,
        ])
    case .copyAsyncCommit, .copyAsyncWaitAll: InstructionDescription([], [])
    case .copyAsyncWait: InstructionDescription([], [.immediate])
    case .copyAsyncBarrierArrive:
      InstructionDescription([.maybe("noinc"), .maybe(.ownShared), .type([.b64])], [.memory])
    case .tensorMapReplace: tensorMapReplaceDescription
    case .tensorMapFenceProxyCopy:
      InstructionDescription(
        [
          .word("global"), .word("shared::cta"), .word("tensormap::generic"), .word("release"),
          .one(.scopes), .word("sync"), .word("aligned"),
        ], [.memory, .memory, .immediate], needs: Availability(PTXVersion(8, 3), architecture: 90))

    case .multiplyMatrix:
      InstructionDescription(
        [
          .word("aligned"), .one(mmaShapes),
          .one(["row", "col"]), .one(["row", "col"]), .maybe("satfinite"), .type(mmaTypes),
          .type(mmaTypes),
          .type(mmaTypes), .type(mmaTypes),
        ],
        [
          OperandSlot(.vector(.any), .write), OperandSlot(.vector(.any)),
          OperandSlot(.vector(.any)), OperandSlot(.vector(.any)),
        ],
        wordNeeds: [
          "e4m3": Availability(PTXVersion(8, 4), architecture: 89),
          "e5m2": Availability(PTXVersion(8, 4), architecture: 89),
        ])

    default: InstructionDescription([])
    }
  }
}

// MARK: - Shared modifiers and operands

private let unary: [OperandSlot] = [.destination, .source]
private let binary: [OperandSlot] = [.destination, .source, .source]
private let ternary: [OperandSlot] = [.destination, .source, .source, .source]

/// Requirements of half-precision arithmetic other than `fma`, by type.
private let halfNeeds: [Modifier: Availability] = [
  "bf16": .hopper, "bf16x2": .hopper,
]

private let mmaTypes: [ScalarType] = [
  .f16, .bf16, .tf32, .f32, .f64, .s32, .s8, .u8, .e4m3, .e5m2,
]
private let loadSlots: [ModifierSlot] = [
  .maybe(["weak", "relaxed", "acquire", "volatile"]), .maybe(.scopes),
  .maybe([
    "global", "shared", "shared::cta", "shared::cluster", "local", "param", "param::entry",
    "param::func", "const",
  ]), .maybe(["ca", "cg", "cs", "lu", "cv"]), .maybe("nc"), .maybe(cachePriorities),
  .maybe(l2Priorities), .maybe("L2::cache_hint"), .maybe(["L2::64B", "L2::128B", "L2::256B"]),
  .maybe("unified"), .maybe(vectorCounts), .type(memoryTypes),
]
private let storeSlots: [ModifierSlot] = [
  .maybe(["weak", "relaxed", "release", "volatile"]), .maybe(.scopes),
  .maybe([
    "global", "shared", "shared::cta", "shared::cluster", "local", "param", "param::func",
  ]), .maybe(["wb", "cg", "cs", "wt"]), .maybe(cachePriorities), .maybe(l2Priorities),
  .maybe("L2::cache_hint"), .maybe(vectorCounts), .type(memoryTypes),
]
private let memoryNeeds: [Modifier: Availability] = [
  "shared::cluster": .hopper, "cluster": .hopper,
  "b128": Availability(PTXVersion(8, 3), architecture: 80),
  "v8": Availability(PTXVersion(8, 8), architecture: 100),
]
/// Returns the words of `ld.mmio` and `st.mmio`, which reach devices through global memory.
private func deviceAccessSlots(order: Modifier) -> [ModifierSlot] {
  [
    .word("mmio"), .one(["relaxed", order]), .word("sys"), .maybe("global"), .type(memoryTypes),
  ]
}
/// The words that `.mmio` needs with `.relaxed`.
private let deviceAccess = Availability(PTXVersion(8, 2), architecture: 70)
/// The words that `.mmio` needs with other words.
private let deviceAccessNeeds: [Modifier: Availability] = [
  "acquire": Availability(PTXVersion(9, 3), architecture: 70),
  "release": Availability(PTXVersion(9, 3), architecture: 70),
  "b128": Availability(PTXVersion(8, 3), architecture: 80),
]
/// Returns the modifiers of float arithmetic on the given types.
private func floatSlots(_ types: [ScalarType]) -> [ModifierSlot] {
  [.maybe(rounding), .maybe("ftz"), .maybe("sat"), .type(types)]
}

/// The shapes of `mma.sync`.
private let mmaShapes: [Modifier] = [
  "m8n8k4", "m8n8k16", "m16n8k4", "m16n8k8", "m16n8k16", "m16n8k32",
]

/// Requirements of some types and shapes of atomics.
private let atomicNeeds: [Modifier: Availability] = [
  "shared::cluster": .hopper, "cluster": .hopper,
  "bf16": Availability(PTXVersion(7, 8), architecture: 90),
  "bf16x2": Availability(PTXVersion(7, 8), architecture: 90),
  "v2": Availability(PTXVersion(8, 1), architecture: 90),
  "v4": Availability(PTXVersion(8, 1), architecture: 90),
  "v8": Availability(PTXVersion(8, 1), architecture: 90),
  "b128": Availability(PTXVersion(8, 3), architecture: 90),
]

/// `atom` and `red`: on numbers, on bits, on 16-bit floats, and on vectors in global memory.
private func atomicDescription(returnsOld: Bool) -> InstructionDescription {
  let value = OperandSlot(.vector(.named(0)))
  let old = returnsOld ? [OperandSlot(.vector(.named(0)), .write)] : []
  /// Returns the form of some operations on some types.
  func form(
    _ operations: [Modifier], _ words: [ModifierSlot], _ types: [ScalarType],
    in spaces: [Modifier] = ["global", "shared", "shared::cta", "shared::cluster"],
    swaps: Bool = false
  ) -> InstructionForm {
    InstructionForm(
      [
        .maybe(["relaxed", "acquire", "release", "acq_rel"]), .maybe(.scopes), .maybe(spaces),
        .one(operations),
      ] + words + [.maybe("L2::cache_hint"), .type(types)],
      old + [.memory, value] + (swaps ? [OperandSlot(.value(.named(0)))] : [])
        + [.doubleWord.optional], wordNeeds: atomicNeeds)
  }
  let pairs: [ScalarType] = [.f16x2, .bf16x2]
  let single: [ScalarType] = [.f16, .bf16]
  var forms = scalarReductions.map { form($0.operations.map(\.word), [], $0.types) }
  if returnsOld {
    forms.append(form(["exch"], [], [.b32, .b64, .b128]))
    forms.append(form(["cas"], [], [.b16, .b32, .b64, .b128], swaps: true))
  }
  return InstructionDescription(
    forms + [
      form(["add"], [.word("noftz")], halves),
      form(["add"], [.one(["v2", "v4"])], [.f32], in: ["global"]),
      form(
        ["add", "min", "max"], [.word("noftz"), .one(["v2", "v4"])], single + pairs,
        in: ["global"]),
      form(["add", "min", "max"], [.word("noftz"), .word("v8")], single, in: ["global"]),
    ])
}

/// `st.async`: one value, or a vector of up to 16 bytes.
private var asyncStoreDescription: InstructionDescription {
  let short: [ScalarType] = [.b32, .u32, .s32, .f32]
  let long: [ScalarType] = [.b64, .u64, .s64, .f64]
  /// Returns the form of vectors of some types.
  func form(_ vector: ModifierSlot, _ types: [ScalarType]) -> InstructionForm {
    InstructionForm(
      [
        .maybe("weak"), .maybe("shared::cluster"), .word("mbarrier::complete_tx::bytes"), vector,
        .type(types),
      ], [.memory, OperandSlot(.vector(.named(0))), .memory],
      needs: Availability(PTXVersion(8, 1), architecture: 90))
  }
  return InstructionDescription([form(.maybe("v2"), short + long), form(.word("v4"), short)])
}

/// `red.async`: integers in the cluster's shared memory.
private var asyncReductionDescription: InstructionDescription {
  let operations: [(operations: [Modifier], types: [ScalarType])] = [
    (["inc", "dec"], [.u32]), (["min", "max"], [.u32, .s32]), (["and", "or", "xor"], [.b32]),
    (["add"], [.u32, .s32, .u64, .s64]),
  ]
  return InstructionDescription(
    operations.map { operations, types in
      InstructionForm(
        [
          .word("relaxed"), .word("cluster"), .maybe("shared::cluster"),
          .word("mbarrier::complete_tx::bytes"), .one(operations), .type(types),
        ], [.memory, .source, .memory], needs: Availability(PTXVersion(8, 1), architecture: 90))
    })
}

/// The requirements of `multimem`.
private let multimemNeeds = Availability(PTXVersion(8, 1), architecture: 90)

/// Returns the modifiers of `multimem` with the given memory orders.
private func multimemSlots(_ orders: [Modifier]) -> [ModifierSlot] {
  [
    .maybe(orders), .maybe(.scopes), .maybe("global"),
    .maybe(["and", "or", "xor", "add", "min", "max"]), .maybe(["acc::f32", "acc::f16"]),
    .maybe(["v2", "v4", "v8"]),
    .type([.b32, .b64, .u32, .s32, .u64, .s64, .f32, .f64] + halves),
  ]
}

/// `clusterlaunchcontrol.query_cancel`: whether a cancellation succeeded, and of which cluster.
private var queryCancelDescription: InstructionDescription {
  let response = OperandSlot(.value(.fixed(.b128)))
  return InstructionDescription([
    InstructionForm(
      [.word("is_canceled"), .type([.pred]), .type([.b128])], [.predicateOut, response],
      needs: .blackwellOnward),
    InstructionForm(
      [.word("get_first_ctaid"), .word("v4"), .type([.b32]), .type([.b128])],
      [OperandSlot(.vector(.fixed(.b32)), .write), response], needs: .blackwellOnward),
    InstructionForm(
      [
        .one(["get_first_ctaid::x", "get_first_ctaid::y", "get_first_ctaid::z"]), .type([.b32]),
        .type([.b128]),
      ], [OperandSlot(.value(.fixed(.b32)), .write), response], needs: .blackwellOnward),
  ])
}

/// `tensormap.replace`: fields with a value, and fields with a dimension and a value.
private var tensorMapReplaceDescription: InstructionDescription {
  let needs = Availability(PTXVersion(8, 3), architecture: 90, isSpecific: true)
  let space = ModifierSlot.maybe(["global", "shared", "shared::cta"])
  /// Returns the form of some fields.
  func form(
    _ fields: [Modifier], _ type: ScalarType, _ operands: [OperandSlot]
  ) -> InstructionForm {
    InstructionForm(
      [.word("tile"), .one(fields), space, .type([.b1024]), .type([type])], operands, needs: needs)
  }
  return InstructionDescription([
    form(["global_address"], .b64, [.memory, .doubleWord]),
    form(["rank"], .b32, [.memory, .word]),
    form(["box_dim", "global_dim", "element_stride"], .b32, [.memory, .immediate, .word]),
    form(["global_stride"], .b64, [.memory, .immediate, .doubleWord]),
    form(
      ["elemtype", "interleave_layout", "swizzle_mode", "fill_mode"], .b32, [.memory, .immediate]),
    InstructionForm(
      [
        .word("tile"), .word("swizzle_atomicity"), space, .type([.b1024]), .type([.b32]),
      ], [.memory, .immediate], needs: .blackwellSpecific),
  ])
}

/// `cvt`: scalar forms, packed forms with two sources, and pairs from pairs.
private var convertDescription: InstructionDescription {
  let scalars: [ScalarType] = [
    .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .f16, .bf16, .f32, .f64,
  ]
  let integerRounding: [Modifier] = ["rni", "rzi", "rmi", "rpi"]
  let fp8: [ScalarType] = [.e4m3x2, .e5m2x2]
  let narrow: [ScalarType] = [.e2m1x2, .e2m3x2, .e3m2x2]
  let fp8Needs = Availability(
    PTXVersion(7, 8), architecture: 89,
    late: Availability.LateSupport(architecture: 90, version: PTXVersion(8, 1)))
  let pairsOfPairs = Availability(PTXVersion(9, 1), architecture: 100, isSpecific: true)
  let stochastic = Availability(
    PTXVersion(8, 7), architecture: 100, isSpecific: true, lastArchitecture: 103)
  let second = OperandSlot(.value(.named(1)))
  let quad = OperandSlot(.vector(.named(1)))
  return InstructionDescription([
    InstructionForm(
      [
        .maybe(rounding + integerRounding + ["rna"]), .maybe("ftz"), .maybe("sat"),
        .maybe("satfinite"), .maybe("relu"), .type(scalars), .type(scalars),
      ], [.destination, second]),
    InstructionForm(
      [.word("rna"), .maybe("satfinite"), .type([.tf32]), .type([.f32])],
      [.destination, second],
      wordNeeds: ["satfinite": Availability(PTXVersion(8, 1), architecture: 80)]),
    InstructionForm(
      [.one(["rn", "rz"]), .maybe("relu"), .type([.tf32]), .type([.f32])],
      [.destination, second], needs: .hopper),
    InstructionForm(
      [
        .one(["rn", "rz"]), .word("satfinite"), .maybe("relu"), .type([.tf32]), .type([.f32]),
      ], [.destination, second], needs: .blackwellOnward),
    InstructionForm(
      [
        .one(["rn", "rz"]), .maybe("satfinite"), .maybe("relu"), .type([.f16x2, .bf16x2]),
        .type([.f32]),
      ], [.destination, second, second],
      wordNeeds: ["satfinite": Availability(PTXVersion(8, 1), architecture: 80)]),
    InstructionForm(
      [.word("rn"), .word("satfinite"), .maybe("relu"), .type(fp8), .type([.f32])],
      [.destination, second, second], needs: fp8Needs),
    InstructionForm(
      [.word("rn"), .word("satfinite"), .maybe("relu"), .type(fp8), .type([.f16x2])],
      [.destination, second], needs: fp8Needs),
    InstructionForm(
      [.word("rn"), .maybe("relu"), .type([.f16x2]), .type(fp8)], [.destination, second],
      needs: fp8Needs),
    InstructionForm(
      [.word("rn"), .word("satfinite"), .maybe("relu"), .type(narrow), .type([.f32])],
      [.destination, second, second], needs: .blackwellSpecific),
    InstructionForm(
      [.word("rn"), .maybe("relu"), .type([.f16x2]), .type(narrow)], [.destination, second],
      needs: .blackwellSpecific),
    InstructionForm(
      [.word("rn"), .word("satfinite"), .maybe("relu"), .type(fp8), .type([.bf16x2])],
      [.destination, second], needs: pairsOfPairs),
    InstructionForm(
      [.word("rn"), .word("satfinite"), .maybe("relu"), .type(narrow), .type([.f16x2, .bf16x2])],
      [.destination, second], needs: pairsOfPairs),
    InstructionForm(
      [
        .word("rn"), .maybe("satfinite"), .maybe("relu"), .type([.bf16x2]), .type(fp8 + narrow),
      ], [.destination, second],
      needs: Availability(PTXVersion(9, 2), architecture: 100, isSpecific: true)),
    InstructionForm(
      [.one(["rz", "rp"]), .maybe("satfinite"), .type([.ue8m0x2]), .type([.f32])],
      [.destination, second, second], needs: .blackwellSpecific),
    InstructionForm(
      [.one(["rz", "rp"]), .maybe("satfinite"), .type([.ue8m0x2]), .type([.bf16x2])],
      [.destination, second], needs: .blackwellSpecific),
    InstructionForm(
      [.word("rn"), .type([.bf16x2]), .type([.ue8m0x2])], [.destination, second],
      needs: .blackwellSpecific),
    InstructionForm(
      [
        .word("rs"), .maybe("relu"), .maybe("satfinite"), .type([.f16x2, .bf16x2]), .type([.f32]),
      ], [.destination, second, second, .word], needs: stochastic),
    InstructionForm(
      [
        .word("rs"), .maybe("relu"), .word("satfinite"),
        .type([.e4m3x4, .e5m2x4, .e2m1x4, .e2m3x4, .e3m2x4]), .type([.f32]),
      ], [.destination, quad, .word], needs: stochastic),
  ])
}
