"""The `inequality` command: words in, words and exit codes out; no logic of its own.

`app` the commands, `releases` those about what is kept, `console` what a person sees, `messages` what an error says,
`process_group` a program that ends with all it started.
"""
