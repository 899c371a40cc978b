"""A program on a terminal that keeps a recording: terminal_recorder.py <folder> <bytes of input> <seed>

It answers each piece of its input with a burst of random bytes. What it reads stands in the folder's file `typed`, what it
writes in `shown`, each before the burst is on its way. Once `shown` is there, the terminal is raw. It ends with 7 when it has
all of its input.
"""
import os
import random
import sys
import tty

LONGEST_BURST = 6000

folder, wanted, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
tty.setraw(0)
typed = open(os.path.join(folder, "typed"), "wb", buffering=0)
shown = open(os.path.join(folder, "shown"), "wb", buffering=0)
while wanted > 0:
    piece = os.read(0, random.randint(1, 300))
    if not piece:
        sys.exit("the terminal ended")
    wanted -= len(piece)
    burst = random.randbytes(random.randint(1, LONGEST_BURST))
    typed.write(piece)
    shown.write(burst)
    while burst:
        burst = burst[os.write(1, burst):]
sys.exit(7)
