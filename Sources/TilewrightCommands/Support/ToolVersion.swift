// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// The version of the package, which `tilewright --version` prints and the change log begins with.
let toolVersion = "0.1.0"
