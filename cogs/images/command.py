"""What the buttons of images do, and the Apps menu of messages. Rights are asked anew at every press."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.asker import viewer_in
from cogs.boxed import boxed
from cogs.colours import TROUBLE_RED
from cogs.errors import RefusalError, answer_error
from cogs.family import show_family
from cogs.images import info, messages, originals
from cogs.images.buttons import ImageAct, ImageButton, Press, Target
from cogs.images.picking import pick_image, pick_picture
from cogs.services import ServingBot, services_of
from cogs.texts import images as texts
from generation.image_desk import ImageUnknownError, Viewer
from generation.options import Resolution

Interaction = discord.Interaction[Any]


class ImagesCog(commands.Cog):
    """Answers the buttons of images, and adds Apps → Remix image and Apps → Image info."""

    def __init__(self, bot: ServingBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Add the commands of the Apps menu."""
        for name, callback in ((texts.MENU_REMIX, self.remix_message), (texts.MENU_INFO, self.message_info)):
            menu = app_commands.ContextMenu(name=name, callback=callback)
            self._bot.tree.add_command(app_commands.guild_only(menu))

    @commands.Cog.listener()
    async def on_image_press(self, interaction: Interaction, press: Press) -> None:
        """Answer a button, also of a card of an earlier run."""
        try:
            await self._press(interaction, press)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_picture_choice(self, interaction: Interaction, choice_id: int, place: int) -> None:
        """Open the form with the picture that was picked."""
        try:
            author, files = await messages.look_up(services_of(interaction), choice_id, interaction.user.id)
            if place >= len(files):
                raise RefusalError(texts.CHOICE_GONE)
            await services_of(interaction).maker.open_file(interaction, files[place], author=author)
        except Exception as error:  # noqa: BLE001 (as above)
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, press: Press) -> None:
        desk = services_of(interaction).images
        of_image = press.target is Target.IMAGE
        guild_id = await desk.guild_of(job_id=press.id if of_image else None, request_id=None if of_image else press.id)
        viewer = await viewer_in(interaction, guild_id)
        if press.act is ImageAct.AGAIN:
            await self._again(interaction, press, viewer)
        elif not of_image:
            images = await desk.on_card(press.id, viewer)
            if len(images) == 1 and press.act is not ImageAct.STAR:
                one = Press(act=press.act, target=Target.IMAGE, id=images[0].job.id, price=press.price)
                await self._act(interaction, one, viewer)
            else:
                await pick_image(interaction, images, press, await desk.stars(press.id))
        else:
            await self._act(interaction, press, viewer)

    async def _again(self, interaction: Interaction, press: Press, viewer: Viewer) -> None:
        services = services_of(interaction)
        request, references, parent_id = await services.images.find_to_repeat(press.id, viewer)
        price = services.intake.cost(Resolution(request.resolution), request.image_count)
        if await _price_changed(interaction, press, price, texts.again(price)):
            return
        await services.maker.repeat(interaction, request, references, parent_id)

    async def _act(self, interaction: Interaction, press: Press, viewer: Viewer) -> None:
        services, desk, job_id = services_of(interaction), services_of(interaction).images, press.id
        match press.act:
            case ImageAct.REMIX:
                await services.maker.open_remix(interaction, await desk.find_to_remix(job_id, viewer))
            case ImageAct.UPSCALE:
                await self._upscale(interaction, press, viewer)
            case ImageAct.ORIGINAL:
                await originals.hand_out(interaction, await desk.find(job_id, viewer))
            case ImageAct.INFO:
                await info.tell(interaction, await desk.record(job_id, viewer), viewer)
            case ImageAct.FAMILY:
                await desk.record(job_id, viewer)
                await show_family(interaction, job_id)
            case ImageAct.SHOW:
                await originals.show_again(interaction, await desk.find(job_id, viewer))
            case ImageAct.DELETE:
                await self._ask_to_delete(interaction, job_id, viewer)
            case ImageAct.DELETE_NOW:
                await desk.delete(job_id, viewer)
                await interaction.response.edit_message(view=boxed(texts.DELETED))
            case ImageAct.KEEP:
                await interaction.response.edit_message(view=boxed(texts.KEPT))
            case _:
                raise RefusalError(texts.OUTDATED)

    async def _upscale(self, interaction: Interaction, press: Press, viewer: Viewer) -> None:
        services = services_of(interaction)
        image = await services.images.find_to_remix(press.id, viewer)
        if image.request.resolution == Resolution.FOUR_K:
            raise RefusalError(texts.IS_4K_ALREADY)
        price = services.intake.cost(Resolution.FOUR_K, 1)
        if not await _price_changed(interaction, press, price, texts.upscale(price)):
            await services.maker.upscale(interaction, image)

    async def _ask_to_delete(self, interaction: Interaction, job_id: int, viewer: Viewer) -> None:
        image = await services_of(interaction).images.find_to_delete(job_id, viewer)
        is_own = image.request.account.user_id == viewer.user_id
        view = boxed(
            texts.ask_to_delete(image, is_own=is_own),
            ImageButton(
                Press(act=ImageAct.DELETE_NOW, target=Target.IMAGE, id=job_id),
                texts.DELETE_NOW,
                style=discord.ButtonStyle.danger,
            ),
            ImageButton(Press(act=ImageAct.KEEP, target=Target.IMAGE, id=job_id), texts.KEEP),
            colour=TROUBLE_RED,
        )
        await interaction.response.send_message(view=view, ephemeral=True)

    # The Apps menu

    async def remix_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Start from a picture of any message; one of ours keeps its family."""
        services = services_of(interaction)
        viewer = await viewer_in(interaction, interaction.guild_id)
        images = await messages.our_images(interaction, message, viewer)
        if images:
            await self._remix_ours(interaction, images[0].request.id, [image.job.id for image in images], viewer)
            return
        files = messages.pictures_of(message)
        if not files:
            raise RefusalError(texts.NO_PICTURES)
        author = message.author.display_name
        if len(files) == 1:
            await services.maker.open_file(interaction, files[0], author=author)
            return
        await messages.remember(services, interaction, files, author=author)
        await pick_picture(interaction, interaction.id, files)

    async def _remix_ours(self, interaction: Interaction, request_id: int, job_ids: list[int], viewer: Viewer) -> None:
        services = services_of(interaction)
        if len(job_ids) == 1:
            image = await services.images.find_to_remix(job_ids[0], viewer)
            await services.maker.open_remix(interaction, image)
            return
        press = Press(act=ImageAct.REMIX, target=Target.REQUEST, id=request_id)
        await pick_image(interaction, await services.images.on_card(request_id, viewer), press, {})

    async def message_info(self, interaction: Interaction, message: discord.Message) -> None:
        """Tell all about an image of ours that a message shows."""
        viewer = await viewer_in(interaction, interaction.guild_id)
        try:
            images = await messages.our_images(interaction, message, viewer)
        except ImageUnknownError:
            images = []
        if not images:
            raise RefusalError(texts.NOT_OURS)
        if len(images) == 1:
            await info.tell(interaction, images[0], viewer)
            return
        press = Press(act=ImageAct.INFO, target=Target.REQUEST, id=images[0].request.id)
        await pick_image(interaction, images, press, {})


async def _price_changed(interaction: Interaction, press: Press, price: int, label: str) -> bool:
    """Where the button showed another price than today's, ask privately with the right one; return whether it did."""
    if press.price in (None, price):
        return False
    assert press.price is not None
    anew = Press(act=press.act, target=press.target, id=press.id, price=price)
    view = boxed(texts.price_changed(was=press.price, now=price), ImageButton(anew, label))
    await interaction.response.send_message(view=view, ephemeral=True)
    return True
