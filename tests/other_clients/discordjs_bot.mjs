// A discord.js bot that does what test_other_clients.py asks of every client, and tells it as JSON lines.

import {
  ActionRowBuilder,
  ApplicationCommandType,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ContainerBuilder,
  ContextMenuCommandBuilder,
  Events,
  FileUploadBuilder,
  GatewayIntentBits,
  LabelBuilder,
  MediaGalleryBuilder,
  MediaGalleryItemBuilder,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const tell = (event, facts = {}) => process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
const WORDS = ["apple", "apricot", "banana"];

const commands = [
  new SlashCommandBuilder()
    .setName("try")
    .setDescription("Do one thing")
    .addStringOption((option) =>
      option.setName("what").setDescription("Which").setRequired(true).setAutocomplete(true).setMaxLength(100),
    )
    .addAttachmentOption((option) => option.setName("file").setDescription("A file"))
    .addStringOption((option) =>
      option.setName("size").setDescription("How large").addChoices({ name: "Small", value: "s" }, { name: "Large", value: "l" }),
    ),
  new ContextMenuCommandBuilder().setName("Quote").setType(ApplicationCommandType.Message),
];

const again = () =>
  new ActionRowBuilder().addComponents(
    new ButtonBuilder().setCustomId("again").setLabel("Again").setStyle(ButtonStyle.Primary),
  );

const form = () =>
  new ModalBuilder()
    .setCustomId("form")
    .setTitle("A form")
    .addLabelComponents(
      new LabelBuilder()
        .setLabel("Words")
        .setTextInputComponent(new TextInputBuilder().setCustomId("words").setStyle(TextInputStyle.Paragraph)),
      new LabelBuilder()
        .setLabel("Files")
        .setFileUploadComponent(
          new FileUploadBuilder().setCustomId("files").setMinValues(0).setMaxValues(2).setRequired(false),
        ),
    );

const card = (name) => {
  const gallery = new MediaGalleryBuilder().addItems(new MediaGalleryItemBuilder().setURL(`attachment://${name}`));
  return new ContainerBuilder()
    .setAccentColor(0x4a8a2a)
    .addTextDisplayComponents(new TextDisplayBuilder().setContent("A card"))
    .addMediaGalleryComponents(gallery);
};

const read = async (attachment) => Buffer.from(await (await fetch(attachment.url)).arrayBuffer());

const doing = {
  answer: (interaction) => interaction.reply({ content: "answered", components: [again()] }),
  later: async (interaction) => {
    await interaction.deferReply();
    await interaction.editReply("came later");
  },
  secret: (interaction) => interaction.reply({ content: "only for you", flags: MessageFlags.Ephemeral }),
  form: (interaction) => interaction.showModal(form()),
  card: async (interaction) => {
    const content = await read(interaction.options.getAttachment("file"));
    const files = [new AttachmentBuilder(content, { name: "card.png" })];
    await interaction.reply({ components: [card("card.png")], files, flags: MessageFlags.IsComponentsV2 });
  },
  file: async (interaction) => {
    await interaction.reply("posting");
    const content = await read(interaction.options.getAttachment("file"));
    const message = await interaction.channel.send({ files: [new AttachmentBuilder(content, { name: "copy.png" })] });
    tell("posted", { id: message.id, size: message.attachments.first().size });
  },
  edit: async (interaction) => {
    await interaction.reply("editing");
    const message = await interaction.channel.send("first");
    await message.edit("second");
    const fetched = await interaction.channel.messages.fetch({ message: message.id, force: true });
    await message.delete();
    tell("edited", { content: fetched.content, id: message.id });
  },
  "too long": async (interaction) => {
    await interaction.reply("trying");
    await interaction.channel.send("x".repeat(2001)).catch((error) => tell("refused", { code: error.code, status: error.status }));
  },
  forbidden: async (interaction) => {
    await interaction.reply("trying");
    await interaction.channel.send("hello").catch((error) => tell("refused", { code: error.code, status: error.status }));
  },
};

const [api, version] = process.env.DISCORD_API_URL.split("/v");
const client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api, version } });

client.once(Events.ClientReady, async () => {
  await client.application.commands.set(commands);
  const guilds = client.guilds.cache.map((guild) => [guild.name, guild.channels.cache.size]);
  tell("ready", { name: client.user.username, guilds: Object.fromEntries(guilds) });
});
client.on(Events.ShardResume, () => tell("resumed"));
client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond(WORDS.filter((word) => word.startsWith(typed)).map((word) => ({ name: word, value: word })));
  } else if (interaction.isMessageContextMenuCommand()) {
    await interaction.reply({ content: `quoted: ${interaction.targetMessage.content}`, flags: MessageFlags.Ephemeral });
  } else if (interaction.isButton()) {
    await interaction.update({ content: "pressed", components: [] });
  } else if (interaction.isModalSubmit()) {
    const files = [...(interaction.fields.getUploadedFiles("files", false)?.values() ?? [])];
    const sizes = await Promise.all(files.map(async (file) => (await read(file)).length));
    const words = interaction.fields.getTextInputValue("words");
    await interaction.reply({ content: `words: ${words}; files: ${sizes}`, flags: MessageFlags.Ephemeral });
  } else if (interaction.isChatInputCommand()) {
    await doing[interaction.options.getString("what")](interaction);
  }
});
client.on(Events.Error, (error) => tell("error", { message: String(error) }));
process.on("unhandledRejection", (error) => tell("error", { message: String(error) }));
process.on("SIGTERM", () => client.destroy().then(() => process.exit(0)));
await client.login(process.env.DISCORD_TOKEN);
