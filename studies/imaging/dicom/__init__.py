"""The import gate: foreign files in, ordered slices and a verdict on every file out.

`sources` finds the files (`zips` unpacks them, `directory` follows a disc's index), `head` reads
their headers, `arrange` groups and orders them, `pixels` decodes through `codecs`. One bad file
never stops the rest.
"""
