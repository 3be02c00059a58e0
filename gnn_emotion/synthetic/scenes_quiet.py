"""Three more scenes: an empty concert hall, a refused ticket, rain on a window."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from gnn_emotion.synthetic.canvas import HEIGHT, WIDTH, finish, glow, person, sky


def empty_hall(rng: Random) -> Image.Image:
    """Rows of empty seats below a dark stage, one visitor left. Sadness after the concert."""
    image = sky((34, 38, 62), (66, 70, 96))
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 150, 600, 230), fill=(28, 30, 46))
    alone, row = rng.randint(1, 5), rng.randint(1, 2)
    for i, y in enumerate((310, 390, 470)):
        size = 64 + 10 * i
        for k, x in enumerate(range(30 + 8 * i, WIDTH - 40, size + 22)):
            if (i, k) == (row, alone):
                person(image, x + size / 2, y + 40, 130, (30, 34, 50))
            draw.rounded_rectangle((x, y, x + size, y + 54), radius=14, fill=(84, 60, 92))
    glow(image, (rng.randint(200, 520), 120), 90, (120, 130, 180), 0.5)
    return finish(image)


def sold_out(rng: Random) -> Image.Image:
    """A phone that refuses a ticket: red cross, grey buttons. Anger before the concert."""
    image = sky((112, 20, 24), (190, 52, 40))
    draw, x = ImageDraw.Draw(image), rng.randint(220, 320)
    draw.rounded_rectangle((x, 20, x + 240, 520), radius=34, fill=(24, 24, 28))
    draw.rounded_rectangle((x + 14, 48, x + 226, 492), radius=16, fill=(246, 244, 242))
    draw.rectangle((x + 14, 48, x + 226, 96), fill=(206, 44, 44))
    draw.line((x + 76, 150, x + 164, 238), fill=(214, 40, 40), width=26)
    draw.line((x + 164, 150, x + 76, 238), fill=(214, 40, 40), width=26)
    for y in range(280, 460, rng.randint(56, 64)):
        draw.rounded_rectangle((x + 36, y, x + 204, y + 36), radius=12, fill=(190, 188, 188))
    return finish(image)


def rainy_window(rng: Random) -> Image.Image:
    """A window in the evening, drops on the glass, distant lights. Sadness of an ordinary day."""
    image = sky((52, 64, 88), (84, 92, 108))
    for _ in range(7):
        colour = rng.choice(((230, 200, 130), (150, 170, 210), (214, 150, 120)))
        centre = (rng.randint(40, WIDTH - 40), rng.randint(260, 440))
        glow(image, centre, rng.randint(24, 48), colour, 0.6)
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        x, y, r = rng.randint(0, WIDTH), rng.randint(0, HEIGHT), rng.randint(2, 6)
        draw.ellipse((x - r, y - r, x + r, y + r * 1.4), fill=(150, 164, 186))
    for _ in range(12):
        x, y = rng.randint(0, WIDTH), rng.randint(0, 300)
        draw.line((x, y, x, y + rng.randint(60, 200)), fill=(126, 140, 164), width=4)
    bar = rng.randint(300, 420)
    for box in ((0, 0, WIDTH, 22), (0, 500, WIDTH, HEIGHT), (bar, 0, bar + 22, HEIGHT)):
        draw.rectangle(box, fill=(38, 34, 34))
    return finish(image)
