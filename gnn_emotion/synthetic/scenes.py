"""The scenes of the pictures: each is a function of chance that returns a drawing."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw

from gnn_emotion.synthetic.canvas import (
    HEIGHT,
    WIDTH,
    Colour,
    finish,
    glow,
    person,
    rain,
    shade,
    sky,
    skyline,
    water,
)


def flooded_street(rng: Random) -> Image.Image:
    """Night, rain, black water between the houses, a car that sinks. Fear."""
    image = sky((12, 18, 34), (40, 54, 76))
    skyline(rng, image, 330, (34, 42, 60), lit=(150, 140, 90))
    water(rng, image, 320, (14, 22, 36), (44, 60, 82))
    x, y = rng.randint(120, 440), rng.randint(350, 400)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((x + 40, y - 52, x + 150, y), radius=24, fill=(70, 30, 36))
    draw.rounded_rectangle((x, y - 16, x + 200, y + 26), radius=16, fill=(92, 38, 44))
    draw.rectangle((x - 20, y + 14, x + 220, y + 40), fill=(30, 42, 60))
    glow(image, (x + 196, y + 4), 46, (250, 236, 160), 0.7)
    rain(rng, image, 110, (86, 104, 130))
    return finish(image)


def lightning(rng: Random) -> Image.Image:
    """A flash above the dark city. Fear."""
    image = sky((18, 10, 40), (64, 58, 92))
    x = rng.randint(200, 520)
    glow(image, (x, 130), 190, (170, 160, 230), 0.6)
    points, y = [(x, 0)], 0
    while y < 320:
        y += rng.randint(30, 60)
        points.append((points[-1][0] + rng.randint(-46, 46), y))
    draw = ImageDraw.Draw(image)
    draw.line(points, fill=(250, 246, 255), width=8, joint="curve")
    middle = points[len(points) // 2]
    draw.line((middle, (middle[0] + 70, middle[1] + 110)), fill=(230, 224, 255), width=5)
    skyline(rng, image, HEIGHT, (16, 14, 30), lit=(120, 104, 60))
    rain(rng, image, 70, (96, 92, 130))
    return finish(image)


def candles(rng: Random) -> Image.Image:
    """Candles and flowers in the dusk. Sadness."""
    image = sky((40, 46, 58), (70, 72, 80))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 420, WIDTH, HEIGHT), fill=(50, 50, 56))
    for x in range(70, WIDTH - 40, 92):
        height, wide = rng.randint(70, 170), rng.randint(18, 24)
        foot = rng.randint(430, 500)
        ImageDraw.Draw(image).rectangle(
            (x - wide, foot - height, x + wide, foot), fill=(206, 204, 198)
        )
        flame = (x, foot - height - 24)
        glow(image, flame, 70, (226, 176, 96), 0.55)
        box = (x - 9, flame[1] - 20, x + 9, flame[1] + 18)
        ImageDraw.Draw(image).ellipse(box, fill=(255, 226, 150))
    return finish(image)


def ruined_home(rng: Random) -> Image.Image:
    """A grey house with a water mark, a chair outside in the drizzle. Sadness."""
    image = sky((134, 142, 150), (176, 180, 182))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill=(112, 108, 100))
    left = rng.randint(90, 190)
    draw.rectangle((left, 190, left + 330, 440), fill=(160, 158, 154))
    draw.rectangle((left, rng.randint(290, 330), left + 330, 440), fill=(124, 114, 100))
    roof = [(left - 30, 190), (left + 165, rng.randint(80, 120)), (left + 360, 190)]
    draw.polygon(roof, fill=(88, 86, 92))
    draw.rectangle((left + 40, 300, left + 110, 440), fill=(60, 58, 60))
    draw.rectangle((left + 190, 240, left + 280, 310), fill=(74, 80, 88))
    draw.line((left + 190, 240, left + 280, 310), fill=(150, 150, 150), width=4)
    x = left + 400
    draw.rectangle((x, 400, x + 80, 412), fill=(96, 74, 56))
    for leg in (x, x + 70):
        draw.rectangle((leg, 330 if leg == x else 412, leg + 10, 480), fill=(96, 74, 56))
    rain(rng, image, 60, (150, 156, 164), slant=4)
    return finish(image)


def rescue_boat(rng: Random) -> Image.Image:
    """An orange boat full of people, their arms up. Joy after rescue."""
    image = sky((150, 186, 206), (226, 222, 196))
    skyline(rng, image, 300, (150, 156, 160))
    water(rng, image, 296, (92, 120, 120), (140, 158, 148))
    x, y = rng.randint(120, 220), rng.randint(380, 420)
    for i in range(5):
        colour = rng.choice(((240, 120, 40), (236, 200, 60), (60, 120, 190), (210, 70, 70)))
        person(image, x + 70 + i * 68, y + 10, rng.randint(110, 140), colour, rng.random() < 0.6)
    hull = [(x, y - 20), (x + 420, y - 20), (x + 380, y + 50), (x + 40, y + 50)]
    ImageDraw.Draw(image).polygon(hull, fill=(242, 112, 30))
    ImageDraw.Draw(image).line((x + 10, y, x + 408, y), fill=(255, 236, 210), width=8)
    return finish(image)


def sunrise(rng: Random) -> Image.Image:
    """The sun over a calm river, sometimes a rainbow. Joy."""
    image = sky((120, 190, 236), (255, 214, 140))
    x = rng.randint(180, 540)
    glow(image, (x, 280), 150, (255, 240, 180), 0.9)
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.6:
        colours = ((232, 90, 80), (244, 160, 70), (250, 226, 100), (120, 200, 120), (90, 150, 230))
        for i, colour in enumerate(colours):
            box = (40 + i * 12, 60 + i * 12, WIDTH - 40 - i * 12, 700 - i * 12)
            draw.arc(box, 180, 360, fill=colour, width=12)
    draw.ellipse((x - 56, 224, x + 56, 336), fill=(255, 236, 150))
    skyline(rng, image, 330, (226, 160, 120), lit=(255, 240, 190))
    water(rng, image, 326, (96, 170, 190), (250, 206, 150))
    return finish(image)


def broken_drain(rng: Random) -> Image.Image:
    """A gushing manhole under a red sky, a warning sign. Anger."""
    image = sky((120, 16, 16), (226, 84, 40))
    skyline(rng, image, 340, (66, 18, 20))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 340, WIDTH, HEIGHT), fill=(58, 46, 46))
    x = rng.randint(220, 420)
    for _ in range(26):
        angle, reach = rng.uniform(-1.1, 1.1), rng.randint(60, 190)
        tip = (x + math.sin(angle) * reach, 430 - math.cos(angle) * reach)
        draw.line((x, 440, *tip), fill=(120, 92, 70), width=10)
    draw.ellipse((x - 90, 420, x + 90, 470), fill=(24, 20, 20))
    left = x + 150 if x < 320 else x - 250
    draw.polygon([(left, 430), (left + 55, 320), (left + 110, 430)], fill=(250, 206, 30))
    draw.rectangle((left + 49, 354, left + 61, 396), fill=(30, 20, 20))
    draw.ellipse((left + 48, 404, left + 62, 418), fill=(30, 20, 20))
    return finish(image)


def trash_heap(rng: Random) -> Image.Image:
    """Rubbish bags in greenish light, flies, dripping slime. Disgust."""
    image = sky((96, 104, 50), (140, 136, 70))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 400, WIDTH, HEIGHT), fill=(74, 66, 40))
    for _ in range(16):
        x, y, r = rng.randint(80, 620), rng.randint(330, 470), rng.randint(40, 84)
        colours: tuple[Colour, ...] = ((52, 56, 34), (86, 92, 40), (104, 80, 46), (60, 48, 36))
        colour = rng.choice(colours)
        draw.ellipse((x - r, y - r, x + r, y + r * 0.8), fill=colour)
        draw.polygon([(x - 14, y - r + 8), (x + 14, y - r + 8), (x, y - r - 24)], fill=colour)
        draw.arc(
            (x - r + 12, y - r + 12, x + r - 12, y), 200, 300, fill=shade(colour, 1.5), width=6
        )
    for _ in range(9):
        x, y = rng.randint(60, 660), rng.randint(420, 500)
        draw.ellipse((x - 34, y - 10, x + 34, y + 10), fill=(150, 160, 40))
    for _ in range(14):
        x, y = rng.randint(80, 640), rng.randint(120, 320)
        draw.ellipse((x - 5, y - 4, x + 5, y + 4), fill=(20, 20, 12))
    return finish(image)


def water_gauge(rng: Random) -> Image.Image:
    """A staff gauge in the river, for a bulletin. Neutral."""
    image = sky((196, 202, 206), (222, 224, 222))
    level = rng.randint(300, 400)
    water(rng, image, level, (126, 136, 136), (168, 174, 170))
    draw, x = ImageDraw.Draw(image), rng.randint(280, 380)
    draw.rectangle((x, 60, x + 70, HEIGHT), fill=(240, 240, 236))
    for i, y in enumerate(range(80, HEIGHT, 24)):
        draw.rectangle((x, y, x + (56 if i % 5 == 0 else 32), y + 10), fill=(50, 80, 120))
    cover = sky((150, 158, 156), (126, 136, 136), (70, HEIGHT - level - 20))
    image.paste(cover, (x, level + 20))
    return finish(image)


def stage(rng: Random) -> Image.Image:
    """Spotlights over a crowd with raised arms. Joy at the concert."""
    image = sky((30, 8, 60), (150, 30, 120))
    for _ in range(5):
        colour = rng.choice(((255, 90, 160), (255, 190, 70), (110, 200, 255), (190, 120, 255)))
        top, foot = rng.randint(60, 660), rng.randint(0, WIDTH)
        beam = Image.new("L", image.size, 0)
        ImageDraw.Draw(beam).polygon([(top, 0), (foot - 70, 430), (foot + 70, 430)], fill=110)
        image.paste(Image.new("RGB", image.size, colour), (0, 0), beam)
    draw = ImageDraw.Draw(image)
    draw.rectangle((150, 330, 570, 400), fill=(255, 220, 150))
    for x in (240, 360, 480):
        person(image, x, 345, 110, (60, 20, 70), arms_up=x == 360)
    for x in range(0, WIDTH, 44):
        person(image, x + rng.randint(-8, 8), 560, rng.randint(120, 170), (26, 10, 40), True)
    return finish(image)


def fireworks(rng: Random) -> Image.Image:
    """Sudden fireworks. Surprise."""
    image = sky((14, 14, 50), (60, 40, 100))
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        x, y, reach = rng.randint(100, 620), rng.randint(80, 290), rng.randint(60, 120)
        colour = rng.choice(((255, 230, 90), (90, 240, 255), (255, 120, 200), (160, 255, 140)))
        for i in range(20):
            angle = math.tau * i / 20
            end = (x + math.cos(angle) * reach, y + math.sin(angle) * reach)
            start = (x + math.cos(angle) * reach * 0.3, y + math.sin(angle) * reach * 0.3)
            draw.line((start, end), fill=colour, width=6)
    skyline(rng, image, HEIGHT, (30, 24, 60), lit=(255, 220, 120))
    return finish(image)


def coffee(rng: Random) -> Image.Image:
    """A cup on a table, seen from above. Neutral."""
    image = sky((214, 200, 180), (198, 182, 160))
    draw, x, y = ImageDraw.Draw(image), rng.randint(250, 430), rng.randint(220, 320)
    draw.rectangle((x - 290, y - 90, x - 130, y + 130), fill=(236, 234, 228))
    for line in range(y - 70, y + 110, 26):
        draw.line((x - 276, line, x - 150, line), fill=(176, 180, 186), width=4)
    draw.ellipse((x - 130, y - 130, x + 130, y + 130), fill=(240, 238, 232))
    draw.ellipse((x - 86, y - 86, x + 86, y + 86), fill=(226, 222, 214))
    draw.ellipse((x - 74, y - 74, x + 74, y + 74), fill=(122, 84, 56))
    draw.arc((x + 64, y - 40, x + 134, y + 40), 270, 90, fill=(226, 222, 214), width=18)
    return finish(image)


def cat(rng: Random) -> Image.Image:
    """A cat on a windowsill in warm light. Joy of an ordinary day."""
    image = sky((255, 226, 170), (255, 196, 140))
    draw, x = ImageDraw.Draw(image), rng.randint(280, 430)
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill=(190, 130, 90))
    fur = rng.choice(((240, 150, 60), (250, 244, 236), (120, 110, 110)))
    draw.ellipse((x - 110, 230, x + 110, 450), fill=fur)
    draw.arc((x + 40, 300, x + 210, 450), 300, 130, fill=fur, width=26)
    draw.ellipse((x - 84, 130, x + 84, 280), fill=fur)
    for side in (-1, 1):
        ear = [(x + side * 78, 190), (x + side * 70, 90), (x + side * 20, 140)]
        draw.polygon(ear, fill=fur)
        draw.arc(
            (x + side * 38 - 18, 186, x + side * 38 + 18, 214), 0, 180, fill=(50, 36, 30), width=7
        )
    draw.polygon([(x - 10, 222), (x + 10, 222), (x, 236)], fill=(230, 110, 110))
    return finish(image)
