"""Any file in, rows and problems out; rows in, a workbook out. Plain Python, no Django.

`guard` starts `child`, which reads one file under limits: `formats` finds the format by the content, `headings` the
header, `rows` the rows under it. `writer` makes workbooks.
"""
