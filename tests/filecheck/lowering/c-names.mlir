// RUN: nnopt-opt %s -p place,lower-kernels -t c | filecheck %s

// Names of layers end no comment, make no trigraph and clash with nothing that the C defines.
func.func @main(%x: tensor<4xi8> {nn.name = "pool"}, %y: tensor<4xi8> {nn.name = "Pool"}) -> (tensor<4xi8> {nn.name = "and"}) {
  %a = vpool.kernel "run" ins(%x, %y : tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%x0: tensor<4xi8>, %y0: tensor<4xi8>):
    %s = nn.maximum %x0, %y0 : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
    vpool.yield %s : tensor<4xi8>
  }
  %b = vpool.kernel "evil */ ???/" ins(%a : tensor<4xi8>) -> tensor<4xi8> {
  ^bb0(%a0: tensor<4xi8>):
    %s = nn.relu %a0 : tensor<4xi8> -> tensor<4xi8>
    vpool.yield %s : tensor<4xi8>
  }
  func.return %b : tensor<4xi8>
}

// CHECK:      static void net_run1(const int8_t *x, const int8_t *y, int8_t *out)
// CHECK:      int net_run(const int8_t *pool1, const int8_t *Pool, int8_t *and_, void *arena)
// CHECK:          /* 0: run (maximum) */
// CHECK:          net_run1(pool1, Pool, pool);
// CHECK:          /* 1: evil * / ? ? ?/ (relu) */
