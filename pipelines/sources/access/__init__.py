"""The ways in which publishers give access to a file: one module for each kind of service.

What belongs here: which addresses to ask, in which order, and what their answers must hold before they make a file.
What does not: HTTP and keeping bytes (`arrival/`), or what a file's rows mean (one module per publisher). A resource
names its ways as `access=`; each is data (item ids, names, paths), and asks through the `Fetcher` it is given.
"""
