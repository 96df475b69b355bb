"""Messages to a clinic's people: the weekly digest and alerts, by e-mail, MAX and Telegram.

`after_sync` is called at the end of a run; `post` alone sends. A message is a letter of the outbox
before it is sent, and the cells of the book before it is a letter: nothing is computed here.
"""
