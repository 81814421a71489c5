// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import TestSupport
import Testing

@testable import TilewrightCommands

/// Tests of kernels that are named with settings, as in `structured:tileN=128,stages=6`.
@Suite struct StructuredSettingsTests {
  @Test func `settings name a configuration`() {
    let outcome = ToolOutcome([
      "ptx", "structured:tileN=128,stages=6,clusterM=1,consumers=pingPong,order=hilbert,boxes=1",
      "--target", "hopper",
    ])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    #expect(
      outcome.output.contains(
        ".visible .entry matmul_bf16_bf16_128x128x64_stages6_cluster1_boxes1_hilbert_ping_pong("))
  }

  @Test func `a configuration in a product`() throws {
    let object = try ToolOutcome([
      "matmul", "--device", "simulator", "--target", "hopper", "-m", "70", "-n", "40", "-k", "30",
      "--kernel", "structured:consumers=single,tileM=64,tileN=64,dependentLaunch=true", "--json",
    ]).object()
    #expect(
      object["kernel"] as? String
        == "structured:consumers=single,tileM=64,tileN=64,dependentLaunch=true")
    #expect(object["isGood"] as? Bool != false)
  }

  @Test(
    arguments: [
      ("", "it must be written as name=value."), ("tileN", "it must be written as name=value."),
      ("tileN=", "tileN must be an integer."), ("tileN=many", "tileN must be an integer."),
      (
        "bandd=3",
        """
        settings are tileM, tileN, tileK, stages, clusterM, clusterN, ctasPerMMA, boxes, \
        supergroup, splits, consumers, order, scheduler, dependentLaunch, deferredStores.
        """
      ),
      ("tileN=64,stages=3,tileN=64", "tileN is set twice."),
      ("consumers=three", "consumers must be one of single, cooperative, pingPong."),
      ("dependentLaunch=yes", "dependentLaunch must be true or false."),
      ("deferredStores=1", "deferredStores must be true or false."),
      (
        "splits=33",
        "The number of splits of a tile must be 2 to 32, not 33; the nearest is 32."
      ),
      (
        "scheduler=splitk,deferredStores=true",
        """
        The stores of this kernel cannot be deferred, since it splits tiles, whose partial sums are \
        handed off; 'false' is legal.
        """
      ),
      (
        "tileN=99",
        "The columns of a tile of C must be a multiple of 16 up to 256, not 99; the nearest is 96."
      ),
      (
        "clusterM=0",
        "The number of blocks of a cluster along M must be 1 to 4, not 0; the nearest is 1."
      ),
      (
        "ctasPerMMA=0",
        "The number of CTAs per MMA must be 1 to 1, not 0; the nearest is 1."
      ),
      ("tileM=0", "A tile of C must have 128 or 256 rows, not 0; the nearest is 128."),
      (
        "stages=5",
        """
        The stages and stores need 278528 bytes of shared memory, of at most 231424; 4 stages fit.
        """
      ),
    ])
  func `settings that cannot be read or kept are refused with the rule`(
    settings: String, reason: String
  ) {
    let outcome = ToolOutcome(["ptx", "structured:\(settings)", "--target", "hopper"])
    #expect(outcome.status == 2)
    #expect(outcome.errorText.contains(reason), "\(outcome.errorText)")
  }
}
