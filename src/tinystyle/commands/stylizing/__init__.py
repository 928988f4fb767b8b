"""Parts of ``tinystyle stylize``: files of pictures."""
