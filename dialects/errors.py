"""The one exception for problems in what the user gave us."""


class NnoptError(Exception):
    """A model, input or option of the user cannot be handled.

    The message is one sentence: which node, what is wrong, what to do about it. Command-line tools
    print it as one line and end with exit code 1.
    """
