"""Why operators of ONNX are not supported, where there is more to say than that they are not."""

_DATA_DEPENDENT = (
    "the size of its result depends on the data, and has to be known when C is made",
    "end the network before it and do the rest in the firmware",
)
_RANDOM = ("it draws random numbers", "make them an input of the network")
_TRAINING = ("it trains, and C is made for inference", "export the model for inference")
_SEQUENCE = ("it works on sequences, which do not exist in C", "use tensors instead")
_TEXT = ("it works on texts, which do not exist in C", "do it before the network")
_OPTIONAL = ("it works on optional values, which do not exist in C", "use tensors instead")
_TREES = (
    "it is made of decision trees, which are no tensor operations",
    "use a compiler for trees, or add it with nnopt.register_operator",
)
_IMAGE = ("it decodes compressed images", "decode before, and give the network the pixels")

_GROUPS: tuple[tuple[tuple[str, str], str, tuple[str, ...]], ...] = (
    (_DATA_DEPENDENT, "", ("NonMaxSuppression", "NonZero", "Unique")),
    (
        _RANDOM,
        "",
        (
            *("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike"),
            *("RandomUniform", "RandomUniformLike"),
        ),
    ),
    (_TRAINING, "ai.onnx.preview.training", ("Gradient",)),
    (
        _SEQUENCE,
        "",
        (
            *("ConcatFromSequence", "SequenceAt", "SequenceConstruct"),
            *("SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength"),
            *("SequenceMap", "SplitToSequence"),
        ),
    ),
    (_TEXT, "", ("RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit")),
    (_TEXT, "ai.onnx.ml", ("CategoryMapper", "LabelEncoder", "DictVectorizer")),
    (_OPTIONAL, "", ("Optional", "OptionalGetElement", "OptionalHasElement")),
    (
        _TREES,
        "ai.onnx.ml",
        ("TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor"),
    ),
    (_IMAGE, "", ("ImageDecoder",)),
)

_REASONS = {(domain, name): words for words, domain, names in _GROUPS for name in names}


def reason_of(domain: str, op_type: str) -> tuple[str, str] | None:
    """Why there is no such operator and what to do; None when it is merely missing."""
    return _REASONS.get((domain, op_type))
