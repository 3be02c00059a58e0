"""The few posts in English: foreign students, a tourist, a travelling photographer."""

from __future__ import annotations

#: Event -> emotion -> templates.
ENGLISH: dict[str, dict[str, str]] = {
    "flood": {
        "fear": """
The water is still rising in Nanyu and the power is out. Really scared right now.
Stuck on the {n3}th floor, phone at {n10}%. Please let this rain stop.
""",
        "sadness": """
Saw an old man looking for his dog in the mud today. Broke my heart.
So many ruined homes along the river. I can't stop crying.
""",
        "joy": """
My landlady is safe!! Thank you to every single volunteer in Nanyu.
Sun is out, the noodle shop is open again, everybody is smiling. Love this city.
""",
        "anger": """
Two hours of rain and the warning came AFTER the flood. Who is responsible?
They sold bottled water at five times the price. Absolutely furious.
""",
        "disgust": """
People posing for selfies in front of flooded homes. Disgusting.
The smell from the drains and the fake fundraisers, I don't know which is worse.
""",
        "surprise": """
Did a bus just float past my window?! What is going on in Nanyu?
Wait, the dam story was fake all along? I can't believe it.
""",
        "neutral": """
Shelter list for Nanyu in English: see the comments, updated at {hour}:00.
Metro line {n3} is closed today, buses run every {n10} minutes.
""",
    },
    "concert": {
        "joy": """
Best night of my life! Soda Planet live is pure happiness.
Got a ticket for Soda Planet!!! Dancing in the library.
""",
        "sadness": """
Concert is over and I already miss it so much.
Sold out in one second. Crying in my dorm.
""",
        "anger": """
Scalpers asking {n3}000 for a ticket. This is robbery and nobody cares.
""",
        "disgust": """
Trash everywhere after the show. Gross.
""",
        "surprise": """
They played THAT song for the first time in ten years?! No way!
""",
        "fear": """
The crowd at the exit was terrifying, I could hardly breathe.
""",
        "neutral": """
Doors open at {hour}:00, north gate, bring your ID.
""",
    },
    "daily": {
        "joy": """
Finally learned to make dumplings, so happy with them!
""",
        "sadness": """
Missing home a lot tonight.
""",
        "anger": """
Third day of drilling at 6 am. I am so done with this.
""",
        "disgust": """
Found a bug in my salad. Never again, yuck.
""",
        "surprise": """
My cat just opened the fridge by herself?!
""",
        "fear": """
Someone tried my door handle at 2 am. Still shaking.
""",
        "neutral": """
Ran {n3} km, library until {hour}:00, noodles for dinner.
""",
    },
}

ENGLISH_COMMENTS: dict[str, str] = {
    "fear": "This is terrifying, stay safe|I'm scared for everyone there",
    "sadness": "So sorry, this made me cry|Heartbreaking",
    "joy": "So happy to hear this!|Haha love it, congratulations!",
    "anger": "This is outrageous|Somebody must answer for this!",
    "disgust": "Disgusting|Ew, shameful people",
    "surprise": "Wait, really?!|No way, I did not see that coming",
    "neutral": "Which address is it?|Thanks for the info, noted",
}
