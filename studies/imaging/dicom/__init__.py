"""The import gate: foreign files in, ordered slices and a verdict on every file out.

`sources` finds the files, `head` reads their headers, `arrange` groups and orders them,
`pixels` decodes. One bad file never stops the rest.
"""
