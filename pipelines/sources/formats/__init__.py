"""How layouts are read, whoever publishes them: `table` CSV by its header, `typed_rows` cells into types, `workbook`,
`json_file`, `period` labels into days, and `value_note` a note on a value into its code.
"""
