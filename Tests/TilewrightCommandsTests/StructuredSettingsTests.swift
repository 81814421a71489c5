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
      ("", "it is written name=value."), ("tileN", "it is written name=value."),
      ("tileN=", "tileN is an integer."), ("tileN=many", "tileN is an integer."),
      (
        "bandd=3",
        """
        settings are tileM, tileN, tileK, stages, clusterM, clusterN, ctasPerMMA, boxes, \
        supergroup, splits, consumers, order, scheduler, dependentLaunch, deferredStores.
        """
      ),
      ("tileN=64,stages=3,tileN=64", "tileN is set twice."),
      ("consumers=three", "consumers is one of single, cooperative, pingPong."),
      ("dependentLaunch=yes", "dependentLaunch is true or false."),
      ("deferredStores=1", "deferredStores is true or false."),
      (
        "splits=33",
        "The number of splits of a tile is 2 to 32, not 33; the nearest is 32."
      ),
      (
        "scheduler=splitk,deferredStores=true",
        """
        The stores of this kernel cannot be deferred, since it splits tiles, whose sums are handed \
        over; 'false' is legal.
        """
      ),
      (
        "tileN=99",
        "A tile of C has a multiple of 16 columns up to 256, not 99; the nearest is 96."
      ),
      (
        "clusterM=0",
        "The number of blocks of a cluster below one another is 1 to 4, not 0; the nearest is 1."
      ),
      (
        "ctasPerMMA=0",
        "The number of blocks that multiply together is 1 to 1, not 0; the nearest is 1."
      ),
      ("tileM=0", "A tile of C has 128 or 256 rows, not 0; the nearest is 128."),
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
