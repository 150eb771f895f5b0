// A mistake of the user ends as one message and exit code 1, not as a traceback.

// RUN: not nnopt-opt %s -p no-such-pass 2>&1 | filecheck %s --check-prefix=PASS
// RUN: not nnopt-opt %s -p 'dce{depth=3}' 2>&1 | filecheck %s --check-prefix=OPTION
// RUN: not nnopt-opt %s 2>&1 | filecheck %s --check-prefix=VERIFY
// RUN: nnopt-opt %s --verify-diagnostics | filecheck %s --check-prefix=DIAG
// RUN: not nnopt-opt %S/no-such-file.mlir 2>&1 | filecheck %s --check-prefix=FILE

// PASS-NOT: Traceback
// PASS: nnopt-opt: Unrecognized passes: ['no-such-pass']

// OPTION-NOT: Traceback
// OPTION: nnopt-opt: Provided arguments ["depth"] not found

// VERIFY-NOT: Traceback
// VERIFY: nnopt-opt:
// VERIFY: Expected arguments to have the same types

// DIAG: Expected arguments to have the same types

// FILE-NOT: Traceback
// FILE: nnopt-opt: [Errno 2] No such file or directory

func.func @main() -> i32 {
  func.return
}
