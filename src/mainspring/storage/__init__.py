"""The store's upkeep: what is written to it, what is in it, whether that is sound, and what is taken away.

What a start reads of the store is `runtime.store`; this is the rest.

- Three modules change it: `writer` puts code and notes there, `trees` real files, and `keeper` takes away. `unpack` makes
  the real files of bundles, and `manifests` say what these were; `image_blobs` orders the code of an image; `builds` keeps
  what makes the next build short.
- Two ask: `contents`, what is there; `verifier`, by `checks`, whether it is as it was written (`siphash`: by other Pythons).
- `locking` has who may change what; `ownership` and `usability`, whose a store is, and why it is not used. Without one,
  `temporaries` take real files.
"""
