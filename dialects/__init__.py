"""The dialects of nnopt: what each level of the compiler is written in."""
