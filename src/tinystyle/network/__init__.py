"""A painting network as data: operations, weights, graph, reference."""
