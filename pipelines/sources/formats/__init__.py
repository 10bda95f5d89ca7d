"""How layouts are read, whoever publishes them: `table` CSV by its header, `typed_rows` cells into types, `workbook`,
`json_file`, and `period` labels into days.
"""
