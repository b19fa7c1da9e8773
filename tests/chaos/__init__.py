"""`make chaos`: the shipped bot among random members, random faults and random kills, judged by independent witnesses.

Each round is a script that follows from its seed alone (how long things take does not). pytest runs none of it.
"""
